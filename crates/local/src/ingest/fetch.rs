//! Videos that are no files yet: of an address, and of the standard input.

use std::{
    io::{self, Read, Write as _},
    path::Path,
};

use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::super::{Error, Folder};

/// How much is read before the next look at whether that is still wanted, in bytes.
const CHUNK: usize = 1 << 20;

/// A copy, which is deleted when this is dropped.
#[derive(Debug)]
pub struct Fetched(NamedTempFile);

impl Fetched {
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Copies the standard input; `advance` gets how many bytes are there.
    pub fn of_standard_input(
        folder: &Folder,
        cancel: &CancellationToken,
        advance: impl Fn(u64, Option<u64>),
    ) -> Result<Self, Error> {
        Self::copy(folder, &mut io::stdin().lock(), None, cancel, advance)
    }

    /// Copies what an address answers, after redirects; `advance` gets how many bytes are there, and of how many.
    pub fn of_address(
        url: &str,
        folder: &Folder,
        cancel: &CancellationToken,
        advance: impl Fn(u64, Option<u64>),
    ) -> Result<Self, Error> {
        let mut body = ureq::get(url).call().map_err(|error| Error::answer(url, error))?.into_body();
        let size = body.content_length();
        Self::copy(folder, &mut body.as_reader(), size, cancel, advance)
    }

    fn copy(
        folder: &Folder,
        source: &mut dyn Read,
        size: Option<u64>,
        cancel: &CancellationToken,
        advance: impl Fn(u64, Option<u64>),
    ) -> Result<Self, Error> {
        let mut file = NamedTempFile::new_in(folder.scratch())?;
        let (mut buffer, mut done) = (vec![0; CHUNK], 0);
        loop {
            if cancel.is_cancelled() {
                return Err(Error::Interrupted);
            }
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
        Ok(Self(file))
    }
}

/// The name of an address's video: the last part of its path.
pub fn name_in(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    percent_encoding::percent_decode_str(name).decode_utf8_lossy().replace('/', "_")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

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

    #[test]
    fn an_address_is_followed_to_what_it_answers() {
        let (_directory, folder) = folder();
        let answer = |head: &str, body: &str| format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n{body}");
        let url = server(vec![
            answer("302 Found\r\nLocation: /there/a.mp4\r\nContent-Length: 0", ""),
            answer("200 OK\r\nContent-Length: 5", "movie"),
            answer("404 Not Found\r\nContent-Length: 0", ""),
        ]);
        let (cancel, sizes) = (CancellationToken::new(), Cell::new((0, None)));
        let fetched =
            Fetched::of_address(&format!("{url}/a.mp4"), &folder, &cancel, |done, size| sizes.set((done, size)));
        assert_eq!(fs_err::read(fetched.unwrap().path()).unwrap(), b"movie");
        assert_eq!(sizes.get(), (5, Some(5)));
        let missing = Fetched::of_address(&format!("{url}/b.mp4"), &folder, &cancel, |_, _| {}).unwrap_err();
        assert!(missing.to_string().contains("/b.mp4: ") && missing.to_string().contains("404"), "{missing}");
    }

    #[test]
    fn what_is_fetched_is_whole_or_an_error_and_leaves_nothing() {
        let (_directory, folder) = folder();
        let (content, last) = (vec![7; 3 * CHUNK / 2], Cell::new(0));
        let cancel = CancellationToken::new();
        let fetched = Fetched::copy(&folder, &mut &content[..], None, &cancel, |done, _| last.set(done)).unwrap();
        assert_eq!(fs_err::read(fetched.path()).unwrap(), content);
        assert_eq!(last.get(), content.len() as u64);
        drop(fetched);

        let short = Fetched::copy(&folder, &mut &content[..], Some(content.len() as u64 + 1), &cancel, |_, _| {});
        assert!(matches!(short.unwrap_err(), Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof));
        cancel.cancel();
        let canceled = Fetched::copy(&folder, &mut &content[..], None, &cancel, |_, _| {});
        assert!(matches!(canceled.unwrap_err(), Error::Interrupted));
        assert_eq!(fs_err::read_dir(folder.scratch()).unwrap().count(), 0);
    }
}
