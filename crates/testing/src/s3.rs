//! S3 in memory: versions, conditional writes, ranges, uploads in parts, listings of versions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use axum::http::{HeaderMap, Method};
use serde_json::Value;

use crate::aws::{Answer, Call};

#[derive(Debug, Clone)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub headers: HeaderMap,
    version: u64,
}

impl Object {
    /// A header; empty if it was written without.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missing {
    /// Somebody who may list the bucket, and learns that it is not there.
    #[default]
    NotFound,
    Forbidden,
}

/// The headers and parts of an upload that is under way.
type Upload = (HeaderMap, BTreeMap<u32, Vec<u8>>);

/// All buckets: objects by `/bucket/key`.
#[derive(Debug, Default)]
pub struct S3 {
    /// Every version of every object, the newest last.
    pub objects: BTreeMap<String, Vec<Object>>,
    /// Uploads in parts that are under way.
    pub uploads: BTreeMap<String, Upload>,
    /// How many conditional writes found that another came first.
    pub lost: usize,
    /// Objects that somebody deletes just before the next write of them.
    pub vanishing: BTreeSet<String>,
    /// What the answer is for what is missing.
    pub missing: Missing,
    version: u64,
}

impl S3 {
    pub fn put(&mut self, path: &str, headers: &HeaderMap, bytes: Vec<u8>) -> Answer {
        self.version += 1;
        let version = self.version;
        self.objects.entry(path.to_owned()).or_default().push(Object { bytes, headers: headers.clone(), version });
        Answer::Reply(200, vec![("etag", etag(version))], Vec::new())
    }

    /// An object as it is now.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<&Object> {
        self.objects.get(path)?.last()
    }

    pub fn answer(&mut self, call: &Call) -> Answer {
        let path = &call.path;
        let upload = call.parameter("uploadId");
        match call.method {
            Method::POST if upload.is_none() => {
                self.uploads.insert(path.clone(), (call.headers.clone(), BTreeMap::new()));
                xml("<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>")
            }
            Method::POST => {
                let (headers, parts) = self.uploads.remove(path).unwrap();
                drop(self.put(path, &headers, parts.into_values().flatten().collect()));
                xml("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>")
            }
            Method::PUT if upload.is_some() => {
                let number = call.parameter("partNumber").unwrap().parse().unwrap();
                self.uploads.get_mut(path).unwrap().1.insert(number, call.body.clone());
                Answer::Reply(200, vec![("etag", format!("\"{number}\""))], Vec::new())
            }
            Method::PUT => self.write(call),
            Method::DELETE if upload.is_some() => {
                self.uploads.remove(path);
                Answer::status(204)
            }
            Method::DELETE => {
                let version = call.parameter("versionId").expect("versions are deleted, not hidden");
                let version: u64 = version.parse().unwrap();
                if let Some(versions) = self.objects.get_mut(path) {
                    versions.retain(|object| object.version != version);
                }
                self.objects.retain(|_, versions| !versions.is_empty());
                Answer::status(204)
            }
            _ if call.parameter("versions").is_some() => self.versions(call),
            _ => self.read(call),
        }
    }

    /// Writes an object, unless a condition is not met.
    fn write(&mut self, call: &Call) -> Answer {
        if self.vanishing.remove(&call.path) {
            self.objects.remove(&call.path);
        }
        let current = self.object(&call.path).map(|object| etag(object.version));
        let wanted = call.headers.get("if-match").map(|etag| etag.to_str().unwrap());
        let met = match (&current, wanted) {
            (None, Some(_)) => Err(Answer::xml_error(404, "NoSuchKey", "no such key")),
            (Some(current), Some(wanted)) if current != wanted => Err(precondition_failed()),
            (Some(_), _) if call.headers.contains_key("if-none-match") => Err(precondition_failed()),
            _ => Ok(()),
        };
        match met {
            Ok(()) => self.put(&call.path, &call.headers, call.body.clone()),
            Err(answer) => {
                self.lost += 1;
                answer
            }
        }
    }

    fn read(&self, call: &Call) -> Answer {
        let Some(object) = self.object(&call.path) else {
            return match self.missing {
                Missing::Forbidden => Answer::xml_error(403, "AccessDenied", "not allowed"),
                Missing::NotFound => Answer::xml_error(404, "NoSuchKey", "no such key"),
            };
        };
        let all = object.bytes.len();
        let mut headers = vec![
            ("accept-ranges", "bytes".to_owned()),
            ("content-type", object.header("content-type").to_owned()),
            ("etag", etag(object.version)),
            ("last-modified", "Sun, 22 Nov 2026 20:00:00 GMT".to_owned()),
        ];
        if let Some(version) = object.headers.get("x-amz-meta-version") {
            headers.push(("x-amz-meta-version", version.to_str().unwrap().to_owned()));
        }
        let Some(range) = call.headers.get("range") else {
            return Answer::Reply(200, headers, object.bytes.clone());
        };
        let (start, end) = range.to_str().unwrap().strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (start, end): (usize, usize) =
            (start.parse().unwrap(), end.parse().map_or(all, |end: usize| (end + 1).min(all)));
        if start >= all {
            return Answer::status(416);
        }
        headers.push(("content-range", format!("bytes {start}-{}/{all}", end - 1)));
        Answer::Reply(206, headers, object.bytes[start..end].to_vec())
    }

    /// Versions, five a page; the version's marker is enough to go on.
    fn versions(&self, call: &Call) -> Answer {
        let bucket = format!("{}/", call.path.trim_end_matches('/'));
        let prefix = bucket.clone() + &call.parameter("prefix").unwrap_or_default();
        let after = call.parameter("version-id-marker").map_or(0, |marker| marker.parse::<u64>().unwrap());
        let objects = self.objects.iter().filter(|(path, _)| path.starts_with(&prefix));
        let versions = objects.flat_map(|(path, versions)| versions.iter().map(move |object| (object.version, path)));
        let mut found: Vec<(u64, &String)> = versions.filter(|(version, _)| *version > after).collect();
        found.sort_unstable();
        let more = found.len() > 5;
        found.truncate(5);
        let mut text = format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>");
        for (index, (version, path)) in found.iter().enumerate() {
            let key = &path[bucket.len()..];
            if more && index == 4 {
                write!(text, "<NextKeyMarker>{key}</NextKeyMarker>").unwrap();
                write!(text, "<NextVersionIdMarker>{version}</NextVersionIdMarker>").unwrap();
            }
            write!(text, "<Version><Key>{key}</Key><VersionId>{version}</VersionId></Version>").unwrap();
        }
        text.push_str("</ListVersionsResult>");
        xml(&text)
    }
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn precondition_failed() -> Answer {
    Answer::xml_error(412, "PreconditionFailed", "another write came first")
}

fn xml(text: &str) -> Answer {
    Answer::Reply(200, vec![("content-type", "application/xml".to_owned())], text.as_bytes().to_vec())
}
