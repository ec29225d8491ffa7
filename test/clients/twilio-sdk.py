"""Drives a simulator with Twilio's Python SDK: twilio-sdk.py URL ACCOUNT TOKEN SENDER PERSON. Its last line says what it called."""

import re
import sys
from urllib.parse import urlsplit

import twilio
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

url, account, token, sender, person = sys.argv[1:]
request_ids = []


class RedirectedClient(TwilioHttpClient):
    """The SDK's own HTTP client, which calls the simulator instead of Twilio's hosts."""

    def request(self, method, uri, *arguments, **options):
        _, _, path, query, _ = urlsplit(uri)
        response = super().request(method, url + path + (f"?{query}" if query else ""), *arguments, **options)
        request_ids.append(response.headers["Twilio-Request-Id"])
        return response


def same(found, expected):
    """Unlike `assert`, it also counts under `python -O`."""
    if found != expected:
        raise SystemExit(f"expected {expected!r}, found {found!r}")


def refusal(call):
    try:
        call()
    except TwilioRestException as error:
        return error.status, error.code, error.msg.removeprefix("Unable to create record: ")
    raise SystemExit("the call was not refused")


client = Client(account, token, http_client=RedirectedClient())

picture = "https://example.com/a.png"
sent = client.messages.create(to=person, from_=sender, body="hello", media_url=[picture])
same((sent.status, sent.to, sent.body, sent.num_media, sent.error_code), ("queued", person, "hello", "1", None))
client.messages.create(to=person, from_=sender, body="again")

listed = client.messages.list(to=person, page_size=1)
same([message.body for message in listed], ["again", "hello"])

fetched = client.messages(sent.sid).fetch()
same((fetched.sid, fetched.date_created, fetched.direction), (sent.sid, sent.date_created, "outbound-api"))

[medium] = client.messages(sent.sid).media.list()
same((medium.parent_sid, medium.content_type), (sent.sid, "image/png"))
same(client.messages(sent.sid).media(medium.sid).fetch().uri, medium.uri)

lookup = client.lookups.v2.phone_numbers("07700 900123").fetch(country_code="GB", fields="line_type_intelligence")
same((lookup.valid, lookup.phone_number, lookup.country_code), (True, "+447700900123", "GB"))
same(lookup.line_type_intelligence["type"], "mobile")

same(
    refusal(lambda: client.messages.create(to="24680", from_=sender, body="x")),
    (400, 21265, "'To' number cannot be a Short Code"),
)
stranger = Client(account, "wrong", http_client=RedirectedClient())
same(refusal(lambda: stranger.messages.create(to=person, from_=sender, body="x")), (401, 20003, "Authenticate"))

same([request_id for request_id in request_ids if not re.fullmatch("RQ[0-9a-f]{32}", request_id)], [])
same(len(set(request_ids)), len(request_ids))
print(
    f"twilio-python {twilio.__version__}: sent, listed and fetched messages, listed and fetched media, looked a number up, "
    f"was refused with 21265 and 20003; {len(request_ids)} answers, each with an id of its own"
)
