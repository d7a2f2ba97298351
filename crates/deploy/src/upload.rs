//! Uploads what is not in S3 already.

use std::fs::File;
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};

use aws::{Aws, During, code_of};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use synth::assets::Packaging;
use synth::{Asset, CloudAssembly, StackArtifact};
use walkdir::WalkDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{DeployError, Event, Watcher};

/// The largest template that can be sent with a request; a larger one must be in S3.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const INLINE_TEMPLATE_BYTES: usize = 51_200;

/// Whether a stack's template is sent with the request.
pub(super) fn is_inline(stack: &StackArtifact) -> bool {
    stack.template_text.len() <= INLINE_TEMPLATE_BYTES
}

/// Uploads the files that a stack needs; its template only if it is too large to be sent with the request.
pub(super) async fn upload(
    aws: &Aws,
    stack: &StackArtifact,
    folder: &Path,
    (account, region): (&str, &str),
    watcher: &mut dyn Watcher,
) -> Result<(), DeployError> {
    let inline = if is_inline(stack) { stack.template_asset() } else { None };
    for asset in stack.assets.iter().filter(|asset| Some(*asset) != inline) {
        let region = asset.region.as_deref().unwrap_or(region);
        let client = aws.in_region(region).s3();
        let (bucket, key) = asset.location(account, region);
        if is_there(&client, &bucket, &key).await? {
            watcher.notify(&Event::Present { key });
            continue;
        }
        let path = folder.join(&asset.path);
        let missing = |_| DeployError::MissingAsset { path: path.clone() };
        let (body, bytes) = match asset.packaging {
            Packaging::File => {
                let bytes = fs_err::metadata(&path).map_err(missing)?.len();
                (
                    ByteStream::from_path(&path).await.map_err(|_| DeployError::MissingAsset { path: path.clone() })?,
                    bytes,
                )
            }
            Packaging::Zip => {
                let archive = zipped(&path).map_err(missing)?;
                let bytes = archive.len() as u64;
                (ByteStream::from(archive), bytes)
            }
        };
        watcher.notify(&Event::Uploading { key: key.clone(), bytes });
        let answer = client.put_object().bucket(&bucket).key(&key).body(body).send().await;
        if let Err(error) = &answer
            && code_of(error) == Some("NoSuchBucket")
        {
            return Err(DeployError::NoAssetBucket { bucket });
        }
        answer.during("s3:PutObject")?;
        watcher.notify(&Event::Uploaded { key, bytes });
    }
    Ok(())
}

/// The files that neither the folder nor S3 has: they must be built before the stacks are deployed.
pub async fn lacking(aws: &Aws, assembly: &CloudAssembly, folder: &Path) -> Result<Vec<PathBuf>, DeployError> {
    let mut lacking = Vec::new();
    for stack in assembly.stacks() {
        let absent =
            |asset: &&Asset| asset.path != Path::new(&stack.template_file) && !folder.join(&asset.path).exists();
        for asset in stack.assets.iter().filter(absent) {
            let region = asset.region.as_deref().or(stack.environment.region.as_deref()).or(aws.region());
            let region = region.unwrap_or_default();
            let (bucket, key) = asset.location(&aws.account().await?, region);
            if !is_there(&aws.in_region(region).s3(), &bucket, &key).await? {
                lacking.push(folder.join(&asset.path));
            }
        }
    }
    Ok(lacking)
}

async fn is_there(client: &Client, bucket: &str, key: &str) -> Result<bool, DeployError> {
    let answer = client.head_object().bucket(bucket).key(key).send().await;
    if let Err(error) = &answer {
        // Whoever may not list the bucket gets 403 for what is not there.
        let status = error.raw_response().map(|response| response.status().as_u16());
        if matches!(status, Some(403 | 404)) {
            return Ok(false);
        }
    }
    Ok(answer.during("s3:GetObject").map(|_| true)?)
}

/// A folder as a zip archive, the same bytes from the same files.
fn zipped(folder: &Path) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let name: Vec<_> = entry
            .path()
            .strip_prefix(folder)
            .map_err(io::Error::other)?
            .iter()
            .map(|part| part.to_string_lossy())
            .collect();
        // The time of an entry is 1980, because none is given.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(mode(&entry.metadata()?));
        archive.start_file(name.join("/"), options)?;
        io::copy(&mut File::open(entry.path())?, &mut archive)?;
    }
    let mut bytes = archive.finish()?;
    bytes.flush()?;
    Ok(bytes.into_inner())
}

/// What Lambda needs of a file's mode: whether it may be executed.
fn mode(metadata: &std::fs::Metadata) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 }
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        0o755
    }
}
