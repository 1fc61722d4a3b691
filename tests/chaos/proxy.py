# SPDX-License-Identifier: MIT
"""A proxy in front of an HTTP server which answers as it is told to:

	pass      as the server behind does
	429, 500, 503
	          that status; 429 with a Retry-After
	slow      a second late
	cut       the server has it, but the client is not told
	half      the client is told the half of it
	close     the connection ends before the server is asked
	hole      nothing at all, until another way is set
"""
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODES = ("429", "500", "503", "slow", "cut", "half", "close", "hole")
HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        proxy, mode = self.server.proxy, self.server.proxy.mode
        proxy.count[mode] = proxy.count.get(mode, 0) + 1
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if mode.isdigit():
            extra = [("Retry-After", "1")] if mode == "429" else []
            return self.answer(int(mode), extra, b"chaos")
        if mode == "hole":
            proxy.left.wait()
        if mode in ("hole", "close"):
            self.close_connection = True
            return None
        if mode == "slow":
            proxy.left.wait(1)
        try:
            status, headers, answer = self.forward(body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return None
        if mode == "cut":
            self.close_connection = True
            return None
        return self.answer(status, headers, answer, mode == "half")

    do_GET = do_POST

    def forward(self, body):
        c = http.client.HTTPConnection(
            "127.0.0.1", self.server.proxy.port_behind, timeout=30)
        try:
            c.putrequest(self.command, self.path, skip_host=True,
                         skip_accept_encoding=True)
            for k, v in self.headers.items():
                if k.lower() not in HOP + ("expect",):
                    c.putheader(k, v)
            c.putheader("Content-Length", str(len(body)))
            c.endheaders(body)
            r = c.getresponse()
            answer = r.read()
        finally:
            c.close()
        headers = [h for h in r.getheaders() if h[0].lower() not in HOP]
        return r.status, headers, answer

    def answer(self, status, headers, body, half=False):
        self.send_response_only(status)
        for k, v in headers:
            self.send_header(k, v)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if half else body)
        self.close_connection |= half

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients are killed while they are answered


class Proxy:
    def __init__(self):
        self.mode, self.port_behind, self.count = "pass", 0, {}
        self.left = threading.Event()  # a mode other than pass was left
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def set(self, mode):
        self.mode = mode
        self.left.set()
        self.left = threading.Event()
