import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { VIETNAMESE_BRIEF } from './brief-refusals.ts';
import { VIETNAMESE_LIMITED } from './limited.ts';
import { VIETNAMESE_NEGATED } from './negated.ts';
import { asRead } from './spelling.ts';

/** Without marks "đừng" (do not), "dừng" (stop), "dùng" (use) and "đúng" (right) are one word: what follows decides. */
const GROUPS = {
  đừng: 'đừng/đừng_có/ngừng/ngưng/dừng/chấm_dứt/dừng_việc/ngừng_việc/ngưng_việc/đừng_bao_giờ/stop/không_được',
  tin: 'tin/tin_nhắn/sms/quảng_cáo/text/texts/message/messages/thông_báo/spam/khuyến_mãi',
  không: 'không/ko/k/hông/hong/chẳng/đéo/éo/kg/khg',
  tôi: 'tôi/mình/em/tao/tui/anh/chị/con/cháu/chúng_tôi',
  số: 'số/tên/thông_tin/sđt/dt/số_điện_thoại/số_phone/number',
};

export const VIETNAMESE: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    ':không cần/muốn gửi? hóa_đơn/hoá_đơn/biên_lai :tin/nữa/qua',
    '!sao đừng/:không/chưa/chẳng có? ngừng/ngưng/dừng/hủy/huỷ/xóa/xoá',
    'đừng/không/chưa/chẳng có? stop',
    ':không/chưa muốn/có/cần hủy/huỷ/dừng/ngừng/xóa',
    ':không/chưa nhận .. được',
    'đừng quên',
    ':không/chưa muốn bỏ_lỡ/mất/lỡ !thời_gian/thì_giờ/công/tiền/kiên_nhẫn/ngủ/thêm',
    'tập tin',
    'sai/nhầm/lộn số lượng/tiền/nhà/đơn/size/tài_khoản',
  ],
  atMostHeld: {
    // Another way of reaching them refused, texts kept.
    always: [
      ...VIETNAMESE_LIMITED,
      'đừng/đừng_có gọi điện? cho? tôi/mình/em/anh/chị? nữa? nha/nhé/ạ? ,/mà/chỉ/hãy chỉ/hãy/cứ/thì? nhắn/gửi tin/tin_nhắn/sms thôi/nhé/nha/đi/được/cho_tôi/cho_mình/là_được $',
    ],
    unnamed: [],
    named: [],
    unless: [],
  },
  negated: VIETNAMESE_NEGATED,
  cues: [
    ...VIETNAMESE_BRIEF,
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        '^ tắt thông_báo/tin_nhắn đi/nhé? $',
        '^ cấm nhắn tin $',
        '^ yêu_cầu/đề_nghị bạn/các_bạn? không/ngừng/dừng nhắn/gửi tin? nữa? $',
        '^ ngug/ngưg/ngung gui/gửi tin/tin_nhan? $',
        'đã bảo đừng nhắn mà? $',
        '^ đừng spam/quảng_cáo nữa? $',
        '^^ làm_ơn/vui_lòng/xin/hãy? dừng tin_nhắn/nhắn_tin/sms lại/ngay/đi/nhé/nha/ạ? $$',
        ':đừng gửi/gởi !hàng/đơn/gói/kiện/sản_phẩm/hóa_đơn/bưu_kiện/bưu_phẩm .. .. :tin/nữa',
        ':đừng gửi/gởi hàng_loạt .. :tin',
        ':đừng gửi/gởi :tin/nữa',
        ':đừng nhắn tin/nữa/cho/gì/vào/đến',
        ':đừng text/sms/spam/message .. nữa/:tôi/cho',
        ':đừng gọi .. nữa',
        'ngừng/dừng/ngưng ngay? việc? nhắn/gửi tin',
        ':đừng nhắn $',
        '^ làm_ơn/vui_lòng/xin/hãy? ngừng/ngưng gửi/gởi đi/nhé/nha/ạ? $',
        '^ làm_ơn/vui_lòng/xin/hãy? ngừng/ngưng/dừng_lại/chấm_dứt lại? đi/ngay/giùm/giúp? nha/nhé/ạ/nào? $',
        '^ làm_ơn/vui_lòng/xin/hãy? dừng lại đi/ngay/giùm/giúp/nha/nhé',
        '^ làm_ơn/vui_lòng/xin? ngừng/ngưng đi/ngay/lại/giùm/giúp/nha? $',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        'từ chối nhận? mọi/các/thêm/tất_cả? :tin/nhận_tin/nhắn_tin',
        'hủy/huỷ đăng_ký/đăng_kí/theo_dõi/nhận_tin/tin_nhắn/dịch_vụ/nhận',
        ':không đăng ký nhận? nữa',
        'hủy/huỷ gói tin_nhắn/sms/nhắn_tin $',
        '^ :tôi? :không/chưa đăng ký , xóa/xoá/hủy/huỷ đi/ngay/giùm/giúp? $',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        '^ yêu_cầu/đề_nghị xóa/xoá số/tên $',
        '^ bỏ số tôi/mình ra $',
        'xóa/xoá/gỡ/loại/rút/delete/remove :số .. tôi/mình/tao/tui/chúng_tôi/này/khỏi/ra',
        'xóa/xoá/gỡ/loại/rút/bỏ/remove :số .. ra_khỏi/khỏi/ra danh_sách/hệ_thống/list/khỏi',
        'xóa/xoá/gỡ/loại/bỏ/remove :tôi ra_khỏi/khỏi/ra',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        ':đừng làm phiền',
        ':đừng quấy rầy/rối',
        ':đừng liên lạc/hệ .. nữa/:tôi',
        ':không nhắn/gửi tin? .. nữa $',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        '^ :không/no quảng_cáo/tin_nhắn nữa/nhé? $',
        ':không muốn/cần/thích/có_nhu_cầu .. nhận .. :tin/nữa/từ',
        ':không muốn/cần/thích nhận này/nữa',
        ':không đồng ý nhận',
        ':không muốn/cần/thích .. :tin/nữa $',
      ],
    },
    { id: 'consent-withdrawn', weight: SURE, says: ['rút/rút_lại .. đồng ý'] },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: ['để :tôi yên', 'tha cho :tôi'],
    },
    {
      id: 'legal-objection',
      weight: UNSURE,
      says: [
        '!:không/không_hề/không_còn phản đối việc? xử_lý/sử_dụng/tiếp_thị/quảng_cáo/dùng dữ_liệu/thông_tin/trực_tiếp/của',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        '^ bạn/chị/anh/em? nhắn/gọi? nhầm/lộn/sai số/số_máy/số_điện_thoại $',
        'nhầm/lộn/sai số rồi/bạn/ơi/nhé/nha/này',
        'nhầm/lộn người rồi',
        '^ nhầm/lộn/sai người rồi? $',
        'số này :không phải của/là',
        'nhắn/gửi/gọi nhầm/lộn người/số/máy',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        '^ thôi/tắt đi $',
        '^ đủ rồi $',
        '^ kết_thúc/thoát/chặn $',
        '^ ra/ra_khỏi/rời danh_sách $',
        '^^ làm_ơn/vui_lòng/xin/hãy? dừng đi/nhé/nha/ạ/ngay? $$',
        'ai .. cho .. :số .. :tôi',
        'sao/từ_đâu/ở_đâu/làm_sao/đâu_ra .. có/lấy/biết .. :số .. :tôi/này',
        'lấy :số .. ở_đâu/từ_đâu/đâu',
        ':không quan tâm',
        ':không có nhu cầu',
        ':không/chưa từng/hề/bao_giờ .. đăng ký !được',
        'làm_sao/cách/thế_nào .. hủy/ngừng/dừng/tắt .. tin_nhắn/nhận/sms/đăng_ký',
        'spam hoài/quá/vậy/gì/suốt',
        '^ phiền quá đi/vậy? $',
        '^ :không cần đâu/nữa/nhé? $',
        '^ spam/lừa_đảo/phiền_quá/phiền_phức/cút_đi/biến_đi $',
        'báo công_an/cảnh_sát',
        '^ hủy/huỷ $',
        '^ làm_ơn/vui_lòng/xin? :đừng gửi/gởi nhé/nha/ạ? $',
        '^ tôi/mình/xin? từ chối nhận? $',
        'nhiều :tin quá/vậy',
        'quá nhiều :tin',
        '^ :tôi? muốn/xin hủy/huỷ $',
        'kiện/tố_cáo/chặn bạn/tụi_bay/số_này',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        '^ nhầm/lộn rồi $',
        ':không quen bạn/anh/chị/ai/mày/người',
        ':không biết bạn/anh/chị/mày là/ai',
        ':không phải số của/tôi',
      ],
    },
  ],
});
