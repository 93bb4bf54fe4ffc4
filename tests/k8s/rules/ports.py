"""Rules about ports, and about what clients come in by."""

from __future__ import annotations

from collections.abc import Iterator

from content.lessons.exchange_routes import MOST_BYTES
from tests.k8s.built import Built, Document, Pods, selects
from tests.k8s.network import everyone, is_peer

_NGINX = "nginx.ingress.kubernetes.io"
#: seconds for which a stream may say nothing at least: proxies' own limit is 60
_LONG = 3600
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}


def ports_exist(built: Built) -> Iterator[str]:
    """Yields ports of services, probes and monitors that no container has."""
    for service in built.of_kind("Service"):
        for pods in built.pods():
            if selects({"matchLabels": service["spec"]["selector"]}, pods.labels):
                for port in service["spec"]["ports"]:
                    if port["targetPort"] not in {*pods.ports, *pods.ports.values()}:
                        yield f"Service {service['metadata']['name']}: {pods.name} has no port {port['targetPort']}"
    for pods in built.pods():
        yield from _probes(pods)
    for monitor in built.monitors():
        for pods in built.services():
            for endpoint in monitor["spec"]["podMetricsEndpoints"]:
                if endpoint["port"] not in pods.ports:
                    yield f"PodMonitor {monitor['metadata']['name']}: {pods.name} has no port {endpoint['port']}"


def ports_of_policies_exist(built: Built) -> Iterator[str]:
    """Yields named ports in network policies that no pod has which the rule is about."""
    known = everyone(built)
    for policy in built.of_kind("NetworkPolicy"):
        name, namespace, spec = policy["metadata"]["name"], policy["metadata"]["namespace"], policy["spec"]
        own = [pod for pod in known if pod.namespace == namespace and selects(spec["podSelector"], pod.labels)]
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction, ()):
                met = [pod for pod in known if any(is_peer(peer, namespace, pod) for peer in rule.get(peers, ()))]
                listening = own if direction == "ingress" else met
                for port in rule.get("ports", ()):
                    told = port.get("port")
                    if isinstance(told, str) and not all(told in pod.ports for pod in listening):
                        yield f"NetworkPolicy {name}: not every pod that it is about has a port {told}"


def entrances_lead_to_the_gateway(built: Built) -> Iterator[str]:
    """Yields entrances to a service or port that there is not."""
    for ingress in built.of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                told = path["backend"]["service"]
                yield from _leads(built, f"Ingress {ingress['metadata']['name']}", told["name"], told["port"])
    for route in built.of_kind("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for told in rule.get("backendRefs", ()):
                name = f"HTTPRoute {route['metadata']['name']}"
                yield from _leads(built, name, told["name"], {"number": told["port"]})


def entrances_let_streams_live(built: Built) -> Iterator[str]:
    """Yields entrances that hold a stream back, cut an idle one, or refuse what the gateway takes."""
    for ingress in built.of_kind("Ingress"):
        name, told = f"Ingress {ingress['metadata']['name']}", ingress["metadata"].get("annotations", {})
        for what in ("proxy-buffering", "proxy-request-buffering"):
            if told.get(f"{_NGINX}/{what}") != "off":
                yield f"{name}: {what} is not off"
        for what in ("proxy-read-timeout", "proxy-send-timeout"):
            if int(told.get(f"{_NGINX}/{what}", 60)) < _LONG:
                yield f"{name}: {what} is less than {_LONG} s"
        if _bytes(told.get(f"{_NGINX}/proxy-body-size", "1m")) <= MOST_BYTES:
            yield f"{name}: proxy-body-size has no room for {MOST_BYTES} bytes"
    for route in built.of_kind("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            timeouts = rule.get("timeouts", {})
            if "backendRefs" in rule and {timeouts.get("request"), timeouts.get("backendRequest")} != {"0s"}:
                yield f"HTTPRoute {route['metadata']['name']}: a stream ends with its timeout"


def hosts_have_a_certificate(built: Built) -> Iterator[str]:
    """Yields hosts of entrances that no certificate names, and a public address of another name."""
    certified = {
        (certificate["spec"]["secretName"], name)
        for certificate in built.of_kind("Certificate")
        for name in certificate["spec"]["dnsNames"]
    }
    served = {
        (tls["secretName"], host)
        for ingress in built.of_kind("Ingress")
        for tls in ingress["spec"].get("tls", ())
        for host in tls["hosts"]
    }
    hosts = {rule["host"] for ingress in built.of_kind("Ingress") for rule in ingress["spec"]["rules"]}
    for gateway in built.of_kind("Gateway"):
        hosts |= {listener["hostname"] for listener in gateway["spec"]["listeners"]}
        for listener in gateway["spec"]["listeners"]:
            for reference in listener.get("tls", {}).get("certificateRefs", ()):
                served.add((reference["name"], listener["hostname"]))
    yield from (f"no certificate for {host} is in {secret}" for secret, host in sorted(served - certified))
    yield from (f"{host} is served without TLS" for host in sorted(hosts - {host for _, host in served}))
    for settings in built.of_kind("ConfigMap"):
        public = settings.get("data", {}).get("VOXBUS_PUBLIC_URL")
        if public is not None and public.removeprefix("https://") not in hosts:
            yield f"{public} is the public address, and no entrance has it"


def _probes(pods: Pods) -> Iterator[str]:
    for container in pods.containers:
        own = {port["name"] for port in container.get("ports", ())}
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            port = container.get(kind, {}).get("httpGet", {}).get("port")
            if port is not None and port not in own:
                yield f"{pods.name}: the {kind} asks at {port}, which is no port of its container"


def _leads(built: Built, name: str, service: str, port: Document) -> Iterator[str]:
    found = [each for each in built.of_kind("Service") if each["metadata"]["name"] == service]
    if not found:
        yield f"{name} leads to {service}, which is no Service"
    for each in found:
        wanted = port.get("name", port.get("number"))
        if wanted not in {value for there in each["spec"]["ports"] for value in (there["name"], there["port"])}:
            yield f"{name} leads to port {wanted}, which {service} has not"


def _bytes(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1].lower()] if text[-1].lower() in _UNITS else int(text)
