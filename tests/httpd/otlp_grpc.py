#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""otlp_grpc.py DIR [SCRIPT [CERT KEY]]: a server of OTLP over gRPC (Debian's
python3-grpcio) on a port that the kernel picks, which it prints as its first
line.  It answers each call by the next line of SCRIPT, the last line again and
again (no SCRIPT: OK):

	OK [HEX]            a success whose message is these bytes
	CODE [MESSAGE]      a status such as UNAVAILABLE
	RETRY SECONDS       UNAVAILABLE with a RetryInfo
	HANG                no answer until the caller's deadline

It writes the message of each call to DIR/N.body, its metadata to DIR/N.head,
and prints N.  With CERT and KEY it speaks TLS.
"""
import sys
import threading
from concurrent import futures

import grpc

METHOD = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


def varint(field, value):
    return bytes([field << 3, value])


def retry_info(seconds):
    """A google.rpc.Status that holds a RetryInfo."""
    info = b"\x0a" + bytes([2]) + varint(1, seconds)
    url = b"type.googleapis.com/google.rpc.RetryInfo"
    detail = b"\x0a" + bytes([len(url)]) + url + b"\x12" + bytes([len(info)]) + info
    return varint(1, 14) + b"\x1a" + bytes([len(detail)]) + detail


class Service(grpc.GenericRpcHandler):
    def __init__(self, directory, script):
        self.directory, self.script = directory, script
        self.calls, self.lock = 0, threading.Lock()

    def service(self, details):
        if details.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(self.export)

    def next_line(self, message, context):
        with self.lock:
            self.calls += 1
            n = self.calls
        with open(f"{self.directory}/{n}.body", "wb") as f:
            f.write(message)
        with open(f"{self.directory}/{n}.head", "w") as f:
            f.writelines(f"{k}: {v}\n" for k, v in context.invocation_metadata())
        print(n, flush=True)
        return self.script[min(n, len(self.script)) - 1]

    def export(self, message, context):
        word, _, rest = self.next_line(message, context).partition(" ")
        if word == "OK":
            return bytes.fromhex(rest)
        if word == "HANG":
            threading.Event().wait(context.time_remaining())
        if word == "RETRY":
            context.set_trailing_metadata(
                (("grpc-status-details-bin", retry_info(int(rest))),))
            word = "UNAVAILABLE"
        context.abort(getattr(grpc.StatusCode, word, grpc.StatusCode.CANCELLED),
                      rest)


def main(directory, script=None, cert=None, key=None):
    lines = ["OK"]
    if script:
        with open(script) as f:
            lines = f.read().splitlines()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Service(directory, lines),))
    if cert:
        pair = (open(key, "rb").read(), open(cert, "rb").read())
        port = server.add_secure_port(
            "localhost:0", grpc.ssl_server_credentials([pair]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


main(*sys.argv[1:])
