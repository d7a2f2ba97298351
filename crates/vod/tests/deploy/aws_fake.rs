//! AWS as `vod`'s commands meet it.

use testing::aws::{self, FakeAws};

/// An answer: its status and its body.
pub(crate) type Answer = (u16, String);

/// The stand-in; it ends when it is dropped.
pub(crate) struct AwsFake(FakeAws);

impl AwsFake {
    pub(crate) fn start() -> Self {
        Self(FakeAws::modelled(|call| {
            let body = format!("the test has no answer to {}", call.line);
            Some(aws::Answer::Reply(501, Vec::new(), body.into_bytes()))
        }))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url.clone()
    }

    /// Answers a call so: each answer once, and the last one from then on.
    pub(crate) fn on(&self, line: &str, (status, body): Answer) -> &Self {
        self.0.on(line, aws::Answer::Reply(status, Vec::new(), body.into_bytes()));
        self
    }

    /// Answers as S3 does for a bucket of another region: by nothing but a header.
    pub(crate) fn is_in_region(&self, line: &str, region: &str) {
        let headers = vec![("x-amz-bucket-region", region.to_owned())];
        self.0.on(line, aws::Answer::Reply(301, headers, Vec::new()));
    }

    /// The lines of the calls, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.0.lines()
    }

    /// The bodies of the calls of this line, in order.
    pub(crate) fn bodies_of(&self, line: &str) -> Vec<String> {
        self.0.seen_of(line).iter().map(|call| String::from_utf8_lossy(&call.body).into_owned()).collect()
    }

    /// The access keys that the calls were signed with.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.access_keys().into_iter().collect()
    }

    /// The lines of the calls that nobody signed.
    pub(crate) fn unsigned(&self) -> Vec<String> {
        self.0.seen().into_iter().filter(|call| call.access_key().is_none()).map(|call| call.line).collect()
    }
}

/// What a service that takes forms answers to an operation.
pub(crate) fn result(operation: &str, inner: &str) -> Answer {
    (200, format!("<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"))
}

/// An error of such a service.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"))
}

/// A text as a part of XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
