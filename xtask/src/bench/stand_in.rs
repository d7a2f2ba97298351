//! Lambda's Runtime API and a DynamoDB with one record, in this process: what a function sees of AWS.
//!
//! It is written on bare sockets, one thread a connection, so that what is measured is the function and not this.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Instant,
};

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

struct Shared {
    event: String,
    item: String,
    invocations: Mutex<mpsc::Receiver<()>>,
    began: Mutex<Option<Instant>>,
    ended: mpsc::Sender<Ended>,
}

impl StandIn {
    /// Starts it, with the event of every invocation and the answer to every `GetItem`.
    pub(super) fn start(event: String, item: String) -> miette::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").into_diagnostic()?;
        let address = listener.local_addr().into_diagnostic()?;
        let (invoke, invocations) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let invocations = Mutex::new(invocations);
        let shared = Arc::new(Shared { event, item, invocations, began: Mutex::new(None), ended: end });
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let shared = shared.clone();
                // A function that is killed breaks its connections: that is its end, and no error.
                thread::spawn(move || drop(serve(&connection, &shared)));
            }
        });
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

fn serve(mut connection: &TcpStream, shared: &Shared) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = receive(connection, &mut buffer)? {
        let way = request.path.strip_prefix("/2018-06-01/runtime/invocation/");
        let answer = match way {
            None => response("200 OK", "content-type: application/x-amz-json-1.0\r\n", &shared.item),
            Some("next") => {
                let waiting = shared.invocations.lock().map_err(|_| io::ErrorKind::Other)?;
                waiting.recv().map_err(io::Error::other)?;
                let headers = "lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
                    lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:111122223333:function:vod\r\n";
                *shared.began.lock().map_err(|_| io::ErrorKind::Other)? = Some(Instant::now());
                response("200 OK", headers, &shared.event)
            }
            Some(end) => {
                let at = Instant::now();
                let began = shared.began.lock().map_err(|_| io::ErrorKind::Other)?.take().unwrap_or(at);
                let ended = Ended { began, at, answer: request.body, succeeded: end.ends_with("/response") };
                shared.ended.send(ended).map_err(io::Error::other)?;
                response("202 Accepted", "", "")
            }
        };
        connection.write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// The next request of a connection; none when it is closed.
fn receive(mut connection: &TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let mut chunk = [0; 1 << 14];
    loop {
        if let Some((request, length)) = parse(buffer)? {
            buffer.drain(..length);
            return Ok(Some(request));
        }
        let count = connection.read(&mut chunk)?;
        if count == 0 {
            return Ok(None);
        }
        buffer.extend_from_slice(&chunk[..count]);
    }
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
