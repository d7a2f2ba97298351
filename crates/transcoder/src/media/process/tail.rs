//! The last of what a program says.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

/// How much is kept, in bytes.
const KEPT: usize = 4 << 10;

/// The last few kilobytes of what a program wrote.
#[derive(Default)]
pub(super) struct Tail(VecDeque<u8>);

impl Tail {
    /// Reads until the program closes its output.
    pub(super) async fn follow(&mut self, mut output: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = output.read(&mut buffer).await {
            self.0.extend(&buffer[..read]);
            self.0.drain(..self.0.len().saturating_sub(KEPT));
        }
    }

    /// The text on one line, without the secret part of presigned addresses.
    pub(super) fn text(self) -> String {
        let bytes: Vec<u8> = self.0.into();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| line.split(' ').map(without_query).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// A word, which loses its query when it is a web address.
fn without_query(word: &str) -> &str {
    let end = if word.contains("://") { word.find('?') } else { None };
    end.or_else(|| word.find("X-Amz-")).map_or(word, |end| &word[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_end_and_no_secret() {
        let mut tail = Tail::default();
        let mut said = "x".repeat(10_000);
        said.push_str("\nhttp://h/b/k?X-Amz-Signature=abc: Server returned 404\n\n  Bye\n");
        tail.follow(said.as_bytes()).await;
        let text = tail.text();
        assert!(text.ends_with("x; http://h/b/k Server returned 404; Bye"), "{text}");
        assert!(text.len() < KEPT);
    }
}
