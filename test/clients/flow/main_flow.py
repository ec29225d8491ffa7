"""The main flow of the API by a client that is generated for Python. The test runs it beside `assent_client`."""

import os

from assent_client import AuthenticatedClient
from assent_client.api.checks import check_message
from assent_client.api.contacts import get_contact_status, look_up_contact
from assent_client.api.deliveries import get_delivery, list_deliveries
from assent_client.api.messages import send_message
from assent_client.api.opt_ins import create_opt_in
from assent_client.api.segments import update_segment
from assent_client.models import (
    AgeClause,
    CheckMessageRequest,
    ClauseGroup,
    ClauseGroupKind,
    LookUpContactRequest,
    Problem,
    SendMessageRequest,
    StateClause,
    UpdateSegmentRequest,
    WebFormEvidence,
    WebFormOptIn,
)

PHONE = os.environ["PHONE"]

client = AuthenticatedClient(base_url=os.environ["URL"], token=os.environ["KEY"], raise_on_unexpected_status=True)


def data_of(name, response):
    if isinstance(response.parsed, Problem):
        raise SystemExit(f"{name}: {response.status_code} {response.parsed.detail}")
    print(f"{name}: {int(response.status_code)}")
    return response.parsed


def require(holds, otherwise):
    if not holds:
        raise SystemExit(otherwise)


found = data_of(
    "look up",
    look_up_contact.sync_detailed(client=client, body=LookUpContactRequest(phone=PHONE, reason="The customer called.")),
)
require(found.id, "This key may not learn who was found.")

status = data_of("status", get_contact_status.sync_detailed(found.id, client=client))
require(any(topic.program == "deals" and topic.on for topic in status.topics), "Deals is not on.")

opt_in = data_of(
    "opt in",
    create_opt_in.sync_detailed(
        client=client,
        idempotency_key="python-opt-in",
        body=WebFormOptIn(
            phone=os.environ["STRANGER"],
            program="deals",
            channel="WEB_FORM",
            evidence=WebFormEvidence(
                page_url="https://fernway.example/join", ip="203.0.113.7", user_agent="Mozilla/5.0", checkbox=True
            ),
        ),
    ),
)
require(opt_in.contact.startswith("c_"), "The opt-in names no contact.")

check = data_of(
    "check",
    check_message.sync_detailed(client=client, body=CheckMessageRequest(phone=PHONE, program="deals", topic="deals")),
)
require(check.allowed or check.held, " ".join(reason.sentence for reason in check.reasons))

message = data_of(
    "send",
    send_message.sync_detailed(
        client=client,
        idempotency_key="python-message",
        body=SendMessageRequest(
            phone=PHONE, program="deals", topic="deals", text="Fernway: 20% off today. STOP to end."
        ),
    ),
)

delivery = data_of("delivery", get_delivery.sync_detailed(message.id, client=client))
require(delivery.contact == found.id, "The delivery is of another contact.")

deliveries = data_of("deliveries", list_deliveries.sync_detailed(client=client, contact=found.id))
require(any(item.id == message.id for item in deliveries.items), "The message is not in the list.")

segment = data_of(
    "segment",
    update_segment.sync_detailed(
        "python-adults",
        client=client,
        body=UpdateSegmentRequest(
            name="Adults in California",
            tree=ClauseGroup(
                kind=ClauseGroupKind.ALL,
                of=[AgeClause(kind="age", from_=21), StateClause(kind="state", one_of=["CA"])],
            ),
        ),
    ),
)
require(segment.tree.of[0].from_ == 21, "The segment was not saved as it was sent.")

print("main flow: done")
