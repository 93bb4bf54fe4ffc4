"""The edge: what stands between clients and the services that own what they ask for."""
