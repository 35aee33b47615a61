"""For container engines: exit status 0 when the service on this machine is ready. `python -m service.healthcheck`.

Standard library only, so that a probe costs milliseconds. Kubernetes asks /health/ready itself and needs none of this.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """0: ready; 1: not ready or not there."""
    port = os.environ.get("DERMSERVE_PORT", "8000")
    # Kubernetes sets tcp://… beside a Service named dermserve; the service then listens on its default.
    connection = HTTPConnection("127.0.0.1", 8000 if port.startswith("tcp://") else int(port), timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
