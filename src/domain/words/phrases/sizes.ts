/** Sizes of shoes and clothes by their figures and letters alone; the word for "size" is each language's own. */
export const SIZES = [
  '5/6/7/8/9/10/11/12/13',
  '32/33/34/35/36/37/38/39/40/41/42/43/44/45/46/47/48',
  's/m/l/xl/xxl',
].join('/');
