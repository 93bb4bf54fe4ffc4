"""Defines the tables of channels and of deliveries, as the code knows them. A migration creates them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from chassis.storage.tables import NOW, OURS, TIME
from notify.tables import METADATA

channels = sa.Table(
    "channels",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("kind", sa.Text, nullable=False, info=OURS),
    sa.Column("label", sa.Text, nullable=False),
    # unconfirmed | active | gone | failing
    sa.Column("state", sa.Text, nullable=False, info=OURS),
    sa.Column("own", sa.Boolean, nullable=False, server_default=sa.false()),  # the account's own address
    sa.Column("target", sa.LargeBinary, nullable=False),  # sealed with the person's key
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),  # HMAC of the target
    # of a browser or phone: HMAC of the target, the same for everybody, since it is for whoever was added last
    sa.Column("device", sa.LargeBinary),
    sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),  # refusals in a row
    sa.Column("code_round", sa.SmallInteger, nullable=False, server_default="0"),  # which code was mailed last
    sa.Column("code_tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("code_until", TIME),
    sa.Column("account_at", TIME),  # of the account's own address, since when it is that
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("last_ok_at", TIME),
    sa.UniqueConstraint("person_id", "fingerprint", name="channels_target"),
    sa.Index("channels_person", "person_id", "id"),
    sa.Index("channels_device", "device", postgresql_where=sa.text("device IS NOT NULL")),
)

deliveries = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("notification_id", UUID(), nullable=False),
    sa.Column("channel_id", UUID(), nullable=False),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("kind", sa.Text, nullable=False, info=OURS),  # of the channel
    # what is told: a notification, a test, or the code that confirms an address
    sa.Column("purpose", sa.Text, nullable=False, server_default="notification", info=OURS),
    sa.Column("type", sa.Text, nullable=False, info=OURS),
    sa.Column("mode", sa.Text, nullable=False, server_default="all", info=OURS),  # all | first
    sa.Column("position", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    # pending | sent | confirmed | failed | unknown | skipped
    sa.Column("state", sa.Text, nullable=False, server_default="pending", info=OURS),
    sa.Column("reason", sa.Text, info=OURS),
    sa.Column("message_id", UUID()),  # of the one message that delivers it
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("stale_at", TIME, nullable=False),
    # of a code: HMAC of the address, the same for everybody who names it, also once the channel is deleted
    sa.Column("addressee", sa.LargeBinary),
    sa.Column("ticket", sa.Text),  # by which a receipt is asked for
    sa.Column("receipt_at", TIME),  # when it is asked for next
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("at", TIME, nullable=False, server_default=NOW),  # of the state
    sa.UniqueConstraint("notification_id", "channel_id", name="deliveries_once"),
    sa.Index("deliveries_person", "person_id", "created_at"),
    sa.Index("deliveries_addressee", "addressee", "created_at", postgresql_where=sa.text("addressee IS NOT NULL")),
    sa.Index("deliveries_receipt", "receipt_at", postgresql_where=sa.text("receipt_at IS NOT NULL")),
)
