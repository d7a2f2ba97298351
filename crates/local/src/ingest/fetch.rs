//! Videos that are no files yet: of an address, and of the standard input.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    path::Path,
    thread,
};

use tempfile::NamedTempFile;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::super::{Error, Folder};

/// How much is read at a time, in bytes.
const CHUNK: usize = 1 << 20;

/// A copy, which is deleted when this is dropped.
#[derive(Debug)]
pub struct Fetched(NamedTempFile);

impl Fetched {
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Copies the standard input; `advance` gets how many bytes are there.
    pub async fn of_standard_input(
        folder: &Folder,
        cancel: &CancellationToken,
        advance: impl Fn(u64, Option<u64>) + Send + 'static,
    ) -> Result<Self, Error> {
        Self::copy(folder, || Ok((io::stdin(), None)), cancel, advance).await
    }

    /// Copies what an address answers, after redirects; `advance` gets how many bytes are there, and of how many.
    pub async fn of_address(
        url: &str,
        folder: &Folder,
        cancel: &CancellationToken,
        advance: impl Fn(u64, Option<u64>) + Send + 'static,
    ) -> Result<Self, Error> {
        let url = url.to_owned();
        let open = move || {
            let body = ureq::get(&url).call().map_err(|error| Error::answer(&url, error))?.into_body();
            let size = body.content_length();
            Ok((body.into_reader(), size))
        };
        Self::copy(folder, open, cancel, advance).await
    }

    /// Copies what `open` opens, and how large that is if it is known, until it ends or nobody wants it any more.
    async fn copy<Source: Read>(
        folder: &Folder,
        open: impl FnOnce() -> Result<(Source, Option<u64>), Error> + Send + 'static,
        cancel: &CancellationToken,
        advance: impl Fn(u64, Option<u64>) + Send + 'static,
    ) -> Result<Self, Error> {
        let file = NamedTempFile::new_in(folder.scratch())?;
        let writer = file.reopen()?;
        let (send, copied) = oneshot::channel();
        // A thread that nobody waits for: a source may go silent and never end.
        thread::spawn(move || {
            let copied = open().and_then(|(source, size)| copy(source, size, writer, advance));
            // Nobody is there once it is canceled.
            let _ = send.send(copied);
        });
        tokio::select! {
            // What was writing ends at Ctrl-C, too: what it wrote until then is no whole video.
            biased;
            () = cancel.cancelled() => Err(Error::Interrupted),
            copied = copied => copied.map_err(io::Error::other)?.map(|()| Self(file)),
        }
    }
}

fn copy(
    mut source: impl Read,
    size: Option<u64>,
    mut file: File,
    advance: impl Fn(u64, Option<u64>),
) -> Result<(), Error> {
    let (mut buffer, mut done) = (vec![0; CHUNK], 0);
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        file.write_all(&buffer[..count])?;
        done += count as u64;
        advance(done, size);
    }
    // Half a video is none.
    if size.is_some_and(|size| size != done) {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(())
}

/// The name of an address's video: the last part of its path.
pub fn name_in(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    percent_encoding::percent_decode_str(name).decode_utf8_lossy().replace('/', "_")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::at(directory.path().join(".vod"));
        fs_err::create_dir_all(folder.scratch()).unwrap();
        (directory, folder)
    }

    #[test]
    fn an_address_names_its_video() {
        let names = [
            ("https://example.com/films/my%20film.mp4?token=1#t=3", "my film.mp4"),
            ("https://example.com/a%2Fb.mp4", "a_b.mp4"),
            ("https://example.com/", ""),
        ];
        for (url, name) in names {
            assert_eq!(name_in(url), name, "{url}");
        }
    }

    /// A server that gives these answers, one a connection, and its address.
    fn server(answers: Vec<String>) -> String {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for answer in answers {
                let (mut connection, _) = listener.accept().unwrap();
                let _ = connection.read(&mut [0; 4096]);
                connection.write_all(answer.as_bytes()).unwrap();
            }
        });
        url
    }

    #[tokio::test]
    async fn an_address_is_followed_to_what_it_answers() {
        let (_directory, folder) = folder();
        let answer = |head: &str, body: &str| format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n{body}");
        let url = server(vec![
            answer("302 Found\r\nLocation: /there/a.mp4\r\nContent-Length: 0", ""),
            answer("200 OK\r\nContent-Length: 5", "movie"),
            answer("404 Not Found\r\nContent-Length: 0", ""),
        ]);
        let (cancel, (send, seen)) = (CancellationToken::new(), mpsc::channel());
        let advance = move |done, size| send.send((done, size)).unwrap();
        let fetched = Fetched::of_address(&format!("{url}/a.mp4"), &folder, &cancel, advance).await;
        assert_eq!(fs_err::read(fetched.unwrap().path()).unwrap(), b"movie");
        assert_eq!(seen.into_iter().last(), Some((5, Some(5))));
        let missing = Fetched::of_address(&format!("{url}/b.mp4"), &folder, &cancel, |_, _| {}).await.unwrap_err();
        assert!(missing.to_string().contains("/b.mp4: ") && missing.to_string().contains("404"), "{missing}");
    }

    #[tokio::test]
    async fn what_is_fetched_is_whole_or_an_error_and_leaves_nothing() {
        let (_directory, folder) = folder();
        let content = vec![7; 3 * CHUNK / 2];
        let of = |size| {
            let content = content.clone();
            move || Ok((io::Cursor::new(content), size))
        };
        let (cancel, (send, seen)) = (CancellationToken::new(), mpsc::channel());
        let advance = move |done, size| send.send((done, size)).unwrap();
        let fetched = Fetched::copy(&folder, of(None), &cancel, advance).await.unwrap();
        assert_eq!(fs_err::read(fetched.path()).unwrap(), content);
        assert_eq!(seen.into_iter().last(), Some((content.len() as u64, None)));
        drop(fetched);

        let short = Fetched::copy(&folder, of(Some(content.len() as u64 + 1)), &cancel, |_, _| {}).await;
        assert!(matches!(short.unwrap_err(), Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof));

        // A source that says something, and then nothing: its other end stays open.
        let (silent, mut writer) = io::pipe().unwrap();
        writer.write_all(b"the beginning").unwrap();
        let stop = cancel.clone();
        let canceled = Fetched::copy(&folder, move || Ok((silent, None)), &cancel, move |_, _| stop.cancel()).await;
        assert!(matches!(canceled.unwrap_err(), Error::Interrupted));
        // What ends at the same Ctrl-C is not whole.
        let ended = Fetched::copy(&folder, of(None), &cancel, |_, _| {}).await;
        assert!(matches!(ended.unwrap_err(), Error::Interrupted));
        assert_eq!(fs_err::read_dir(folder.scratch()).unwrap().count(), 0);
    }
}
