"""A local Copernicus Land Monitoring Service: portal, result host and image service.

    with ClmsStandIn() as clms:
        key = clms.key_file(tmp_path)           # clms.url, clms.result_url, clms.image_url
        clms.faults.add("GET @datarequest_search", "status", status=503, times=2)

It behaves as the download API's code, documents and users say it does, faults included; the
behaviours are listed in the modules that have them. Give `clms.clock.now` and
`clms.clock.sleep` to a client as its time, and hours pass at once.
"""

from standins.clms.server import ClmsStandIn, Request

__all__ = ["ClmsStandIn", "Request"]
