"""Defines Grafana's dashboards as code; `python -m deploy.observability.grafana` compares or writes their JSON."""
