//! Lambda's Runtime API and a DynamoDB with one record, in this process: what a function sees of AWS.
//!
//! It is written on bare sockets, in one thread that looks at them again and again instead of sleeping, so that what is
//! measured is the function and not how long this takes to wake.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::Instant;

use miette::{IntoDiagnostic as _, bail, miette};

/// The stand-in, on a loopback port of its own.
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    invoke: mpsc::Sender<()>,
    ended: mpsc::Receiver<Ended>,
}

/// An invocation that came to its end.
pub(super) struct Ended {
    /// When the function was given the event.
    pub(super) began: Instant,
    /// When the whole answer had come.
    pub(super) at: Instant,
    /// The function's answer.
    pub(super) answer: Vec<u8>,
    succeeded: bool,
}

/// What the thread of the stand-in has.
struct Service {
    listener: TcpListener,
    connections: Vec<Connection>,
    event: String,
    item: String,
    invocations: mpsc::Receiver<()>,
    /// Whether an event is to be given to the function.
    invoked: bool,
    began: Option<Instant>,
    ended: mpsc::Sender<Ended>,
}

/// A connection, and what came of its next request.
struct Connection {
    socket: TcpStream,
    received: Vec<u8>,
    /// Whether the function waits on it for an event.
    waiting: bool,
}

impl StandIn {
    /// Starts it, with the event of every invocation and the answer to every `GetItem`.
    pub(super) fn start(event: String, item: String) -> miette::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").into_diagnostic()?;
        listener.set_nonblocking(true).into_diagnostic()?;
        let address = listener.local_addr().into_diagnostic()?;
        let (invoke, invocations) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let connections = Vec::new();
        let mut service =
            Service { listener, connections, event, item, invocations, invoked: false, began: None, ended: end };
        thread::spawn(move || while service.turn().is_some() {});
        Ok(Self { address, invoke, ended })
    }

    /// Lets the function have one event, and waits until it has answered.
    pub(super) fn invocation(&self) -> miette::Result<Ended> {
        self.invoke.send(()).into_diagnostic()?;
        let ended = self.ended.recv_timeout(std::time::Duration::from_secs(30));
        let ended = ended.map_err(|_| miette!("the function did not answer"))?;
        if !ended.succeeded {
            bail!("the function failed: {}", String::from_utf8_lossy(&ended.answer));
        }
        Ok(ended)
    }
}

/// One request, as far as it matters.
struct Request {
    path: String,
    body: Vec<u8>,
}

impl Service {
    /// Looks at everything once; none when nobody invokes any more.
    fn turn(&mut self) -> Option<()> {
        if let Ok((socket, _)) = self.listener.accept()
            && socket.set_nonblocking(true).and_then(|()| socket.set_nodelay(true)).is_ok()
        {
            self.connections.push(Connection { socket, received: Vec::new(), waiting: false });
        }
        let mut at = 0;
        while let Some(connection) = self.connections.get_mut(at) {
            match connection.request() {
                // A function that is killed breaks its connections: that is its end, and no error.
                Err(_) => drop(self.connections.swap_remove(at)),
                Ok(Some(request)) => {
                    self.answer(at, request)?;
                    at += 1;
                }
                Ok(None) => at += 1,
            }
        }
        match self.invocations.try_recv() {
            Ok(()) => self.invoked = true,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return None,
        }
        if self.invoked
            && let Some(connection) = self.connections.iter_mut().find(|connection| connection.waiting)
        {
            let headers = "lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
                lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:111122223333:function:vod\r\n";
            (self.invoked, connection.waiting) = (false, false);
            self.began = Some(Instant::now());
            connection.send(&response("200 OK", headers, &self.event));
        }
        Some(())
    }

    fn answer(&mut self, at: usize, request: Request) -> Option<()> {
        let connection = &mut self.connections[at];
        match request.path.strip_prefix("/2018-06-01/runtime/invocation/") {
            None => {
                connection.send(&response("200 OK", "content-type: application/x-amz-json-1.0\r\n", &self.item));
            }
            Some("next") => connection.waiting = true,
            Some(end) => {
                let at = Instant::now();
                connection.send(&response("202 Accepted", "", ""));
                let began = self.began.take().unwrap_or(at);
                let ended = Ended { began, at, answer: request.body, succeeded: end.ends_with("/response") };
                self.ended.send(ended).ok()?;
            }
        }
        Some(())
    }
}

impl Connection {
    /// The next request, if it has come.
    fn request(&mut self) -> io::Result<Option<Request>> {
        if let Some((request, length)) = parse(&self.received)? {
            self.received.drain(..length);
            return Ok(Some(request));
        }
        let mut chunk = [0; 1 << 14];
        match self.socket.read(&mut chunk) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.received.extend_from_slice(&chunk[..count]);
                Ok(None)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends what is far smaller than a socket's buffer; that the other side is gone shows when it is read from.
    fn send(&mut self, answer: &str) {
        drop(self.socket.write_all(answer.as_bytes()));
    }
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// A whole request and its length, if the bytes hold one.
fn parse(bytes: &[u8]) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(start) = request.parse(bytes).map_err(io::Error::other)? else { return Ok(None) };
    let header = |name: &str| {
        let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let path = request.path.unwrap_or_default().to_owned();
    if header("transfer-encoding").is_some() {
        return Ok(unchunked(&bytes[start..]).map(|(body, length)| (Request { path, body }, start + length)));
    }
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let body = bytes.get(start..start + length).map(<[u8]>::to_vec);
    Ok(body.map(|body| (Request { path, body }, start + length)))
}

/// The body that comes in chunks and its length on the wire, if the bytes hold all of it.
fn unchunked(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(bytes.get(at..)?) else {
            return None;
        };
        let (from, size) = (at + start, usize::try_from(size).ok()?);
        body.extend_from_slice(bytes.get(from..from + size)?);
        at = from + size + 2;
        if size == 0 {
            return (bytes.len() >= at).then_some((body, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn requests_are_whole_or_nothing() {
        let plain = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET".as_slice();
        let chunked =
            b"POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\nGET".as_slice();
        for bytes in [plain, chunked] {
            let whole = bytes.len() - "GET".len();
            let (request, length) = parse(bytes).unwrap().unwrap();
            assert_eq!((request.path.as_str(), request.body.as_slice(), length), ("/a", b"abc".as_slice(), whole));
            for end in 0..whole {
                assert!(parse(&bytes[..end]).unwrap().is_none(), "{end}");
            }
        }
    }
}
