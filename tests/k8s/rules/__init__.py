"""Lists the rules for what no schema sees: each yields a sentence for each problem of an overlay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.k8s.built import Built
from tests.k8s.rules import flows, lifecycle, ports, references, replicas, security, selectors, settings_read

Rule = Callable[[Built], Iterator[str]]

RULES: tuple[Rule, ...] = (
    selectors.sets_select_their_own_pods,
    selectors.services_select_somebody,
    selectors.budgets_let_one_go,
    selectors.monitors_see_every_service,
    selectors.policies_are_for_somebody,
    selectors.replicas_are_spread,
    ports.ports_exist,
    ports.ports_of_policies_exist,
    ports.entrances_lead_to_the_gateway,
    ports.entrances_let_streams_live,
    ports.hosts_have_a_certificate,
    references.names_exist,
    references.secrets_exist,
    references.targets_exist,
    references.addresses_exist,
    references.one_release,
    references.images_stay,
    security.namespaces_are_restricted,
    security.pods_are_restricted,
    security.pods_have_no_token,
    security.pods_are_limited,
    security.everything_is_denied_first,
    security.secrets_come_by_reference,
    security.services_log_in_as_themselves,
    lifecycle.probes_ask_what_they_should,
    lifecycle.drains_have_time,
    lifecycle.releases_lose_no_replica,
    lifecycle.migrations_come_first,
    lifecycle.backups_are_made,
    lifecycle.servers_end_by_themselves,
    settings_read.services_read_their_settings,
    settings_read.services_get_no_secret_of_others,
    settings_read.commands_read_their_settings,
    settings_read.what_must_last_is_kept,
    settings_read.files_are_on_mounts,
    settings_read.backups_reach_their_places,
    replicas.ranges_are_ranges,
    replicas.workers_are_counted_while_they_run,
    replicas.slow_queues_are_watched,
    replicas.databases_have_room,
    flows.only_documented_flows,
)
