//! A file behind range requests.

use std::ops::Range;

use pipeline::mediainfo::MediaInfo;

use super::{
    inspect,
    sparse::{MAX_PARTS, MediaError, Sparse, Stop},
};

/// The least that one request asks for: container headers mostly fit.
const BLOCK: u64 = 64 * 1024;
/// The most bytes of one file; the tables of a film of several hours take some 10 MB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why nothing is known of a file behind requests.
#[derive(Debug)]
pub(crate) enum RemoteError<E> {
    /// It is the file.
    Media(MediaError),
    /// It is the way to it.
    Fetch(E),
}

/// Where the parts of a file come from.
pub(crate) trait Parts: Sync {
    /// Why a part does not come.
    type Error: Send;

    /// The bytes of a range, all of them and no more.
    fn part(&self, range: Range<u64>) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + Send;
}

/// What a file of this length says about itself.
pub(crate) async fn read<P: Parts>(length: u64, parts: &P) -> Result<MediaInfo, RemoteError<P::Error>> {
    let mut file = Sparse::new(length);
    let mut fetched = 0;
    loop {
        let missing = match inspect(&file) {
            Ok(info) => return Ok(info),
            Err(Stop::Error(error)) => return Err(RemoteError::Media(error)),
            Err(Stop::Missing(missing)) => missing,
        };
        let end = missing.end.max(missing.start.saturating_add(BLOCK)).min(length);
        fetched += end - missing.start;
        if file.parts() >= MAX_PARTS || fetched > MAX_BYTES {
            return Err(RemoteError::Media(MediaError::TooScattered));
        }
        let bytes = parts.part(missing.start..end).await.map_err(RemoteError::Fetch)?;
        file.add(missing.start, bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A file in memory that keeps what it was asked for.
    struct Kept {
        bytes: Vec<u8>,
        asked: Mutex<Vec<Range<u64>>>,
    }

    impl Parts for Kept {
        type Error = ();

        async fn part(&self, range: Range<u64>) -> Result<Vec<u8>, ()> {
            self.asked.lock().unwrap().push(range.clone());
            let (start, end) = (usize::try_from(range.start).unwrap(), usize::try_from(range.end).unwrap());
            let mut bytes = self.bytes.get(start..end.min(self.bytes.len())).unwrap_or_default().to_vec();
            bytes.resize(end - start, 0);
            Ok(bytes)
        }
    }

    /// Reads a file that continues with zeros up to this length.
    async fn ask(bytes: Vec<u8>, length: u64) -> (Result<MediaInfo, MediaError>, Vec<Range<u64>>) {
        let kept = Kept { bytes, asked: Mutex::default() };
        let answer = match read(length, &kept).await {
            Ok(info) => Ok(info),
            Err(RemoteError::Media(error)) => Err(error),
            Err(RemoteError::Fetch(())) => unreachable!("nothing fails"),
        };
        (answer, kept.asked.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_file_of_many_scattered_boxes_is_given_up() {
        let mut file = b"\0\0\0\x08ftyp".to_vec();
        for _ in 0..400 {
            file.extend_from_slice(b"\0\x01\0\0free");
            file.resize(file.len() + 0x1_0000 - 8, 0);
        }
        let length = u64::try_from(file.len()).unwrap();
        let (answer, asked) = ask(file, length).await;
        assert_eq!((answer, asked.len()), (Err(MediaError::TooScattered), MAX_PARTS));
    }

    #[tokio::test]
    async fn a_huge_index_is_given_up_before_it_is_read() {
        let file = b"\0\0\0\x08ftyp\0\0\0\x01moov\0\0\0\x80\0\0\0\0".to_vec();
        let (answer, asked) = ask(file, 1 << 40).await;
        assert_eq!((answer, asked.len()), (Err(MediaError::TooScattered), 1));
    }

    #[tokio::test]
    async fn an_index_at_the_end_takes_one_more_request() {
        let file = b"\0\0\0\x08ftyp\0\0\0\x01mdat\0\0\0\x01\0\0\0\0".to_vec();
        let (answer, asked) = ask(file, 8 + (1 << 32) + 8).await;
        assert!(answer.is_err());
        assert_eq!(asked, [0..BLOCK, 8 + (1 << 32)..16 + (1 << 32)]);
    }
}
