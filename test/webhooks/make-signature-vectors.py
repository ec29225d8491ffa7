"""Signs the requests of signature-vectors.json with Twilio's Python SDK and writes the signatures beside them.

    pip install twilio==9.13.0
    python3 test/webhooks/make-signature-vectors.py
"""

import json
from pathlib import Path

import twilio
from twilio.request_validator import RequestValidator


class Fields(dict):
    """A form as Django hands it to the SDK: a list of values for each name."""

    getlist = dict.__getitem__


file = Path(__file__).with_name("signature-vectors.json")
vectors = json.loads(file.read_text("utf-8"))
vectors["madeBy"] = f"twilio-python {twilio.__version__}"
for request in vectors["requests"]:
    validator = RequestValidator(request["secret"])
    request["signatures"] = {
        algorithm: validator.compute_signature(request["url"], Fields(request["fields"]), algorithm)
        for algorithm in ("HMAC_SHA1", "HMAC_SHA256")
    }
file.write_text(json.dumps(vectors, indent=2, ensure_ascii=False) + "\n", "utf-8")
