//! Changing what viewers see of a video that is published: its title, its picture, its place in the library.

use std::collections::BTreeMap;

use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use pipeline::catalogue::{Entry, given_title, is_listed, poster_key};
use pipeline::record::{LISTED, POSTER, Record, Stored, TITLE, WorkflowStatus};
use pipeline::store;
use serde_json::{Map, Value, json};

use super::OperateError;
use super::removal::CatalogueFiles;
use super::videos::{Videos, output};
use aws::{Aws, DeployedStack, During};

/// What is to become different of a video.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    pub title: Option<String>,
    pub listing: Option<Listing>,
    pub poster: Option<Poster>,
}

/// Whether the player's library shows a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    Listed,
    Unlisted,
}

/// A picture that stands for a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poster {
    pub format: PictureFormat,
    pub bytes: Vec<u8>,
}

/// What every browser shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    Jpeg,
    Png,
    Webp,
}

impl PictureFormat {
    /// The format of a picture, by how it begins.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// Where an edit shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    Record,
    /// In the player's library, too.
    RecordAndCatalogue,
}

/// Changes the record of a video, and then its entry in the catalogue if there is a player. Whoever is interrupted repeats
/// it. A video in progress is refused, because its workflow would write over the change.
pub async fn edit(aws: &Aws, stack: &DeployedStack, guid: &str, edit: &Edit) -> Result<Edited, OperateError> {
    let videos = Videos::of(aws, stack)?;
    let mut item = videos.record(guid).await?;
    let members = |source| OperateError::Members { guid: guid.to_owned(), source };
    let stored = Stored::read(&item).map_err(members)?;
    let status = stored.workflow_status.unwrap_or(WorkflowStatus::Error);
    if stored.is_at_work() {
        return Err(OperateError::AtWork { guid: guid.to_owned(), status: status.to_string() });
    }
    let destination = output(stack, "DestinationBucket")?;
    let files = aws.s3();
    let mut changes: BTreeMap<&str, Value> = BTreeMap::new();
    if let Some(title) = &edit.title {
        changes.insert(TITLE, given_title(Some(&json!(title))).ok_or(OperateError::NoTitle)?.into());
    }
    if let Some(listing) = edit.listing {
        changes.insert(LISTED, (listing == Listing::Listed).into());
    }
    if let Some(Poster { format, bytes }) = &edit.poster {
        let key = poster_key(guid, bytes, format.suffix());
        let request = files.put_object().bucket(&destination).key(&key).content_type(format.media_type());
        request.body(ByteStream::from(bytes.clone())).send().await.during("s3:PutObject")?;
        changes.insert(POSTER, format!("s3://{destination}/{key}").into());
    }
    videos.change(guid, status, &changes).await?;

    if !stack.outputs.contains_key("PlayerUrl") {
        return Ok(Edited::Record);
    }
    if let Some(members) = item.as_object_mut() {
        members.extend(changes.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    let catalogue = CatalogueFiles { files: &files, bucket: &destination };
    if is_listed(item.get(LISTED)) {
        let now = Timestamp::now();
        let entry = if status == WorkflowStatus::Complete {
            let record: Record = serde_json::from_value(whole(&files, item).await?).map_err(members)?;
            Entry::of_record(&record, &destination, now.as_millisecond())
        } else {
            Some(Entry::of_failure(guid, &item, &now.to_string(), now.as_millisecond()))
        };
        // Outputs in another bucket are in no catalogue.
        let Some(entry) = entry else { return Ok(Edited::Record) };
        catalogue.change(guid, |file| file.with(entry.clone())).await?;
    } else {
        catalogue.change(guid, |file| file.without(guid)).await?;
    }
    Ok(Edited::RecordAndCatalogue)
}

/// A record with what lies in a file because it does not fit into the table.
async fn whole(files: &aws_sdk_s3::Client, item: Value) -> Result<Value, OperateError> {
    let Value::Object(item) = item else { return Ok(item) };
    let file: Map<String, Value> = match store::overflow_of(&item) {
        None => Map::new(),
        Some((bucket, key)) => {
            let answer = files.get_object().bucket(bucket).key(key).send().await.during("s3:GetObject")?;
            let unread = |error: String| aws::CallError::refused("s3:GetObject", None, format!("{key}: {error}"));
            let body = answer.body.collect().await.map_err(|error| unread(error.to_string()))?;
            serde_json::from_slice(&body.into_bytes()).map_err(|error| unread(error.to_string()))?
        }
    };
    Ok(store::join(item, file).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_how_they_begin() {
        assert_eq!(PictureFormat::of(b"\xff\xd8\xff\xe0"), Some(PictureFormat::Jpeg));
        assert_eq!(PictureFormat::of(b"\x89PNG\r\n"), Some(PictureFormat::Png));
        assert_eq!(PictureFormat::of(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some(PictureFormat::Webp));
        assert_eq!(PictureFormat::of(b"<svg"), None);
        assert_eq!(PictureFormat::of(b""), None);
    }
}
