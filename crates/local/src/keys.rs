//! What opens a local platform: random, made once for its folder, and read by nobody but its user.

use std::fmt;

use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};
use transcoder::loopback::{Token, random_hex};

use super::{Error, folder::Folder, read_json, write_json};

/// What an access key's ID begins with, so that nobody takes it for one of AWS's.
const PREFIX: &str = "VODLOCAL";
/// How many random bytes an access key's ID holds, and its secret.
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 20;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The access key of the emulated account's root.
    pub access_key_id: String,
    pub secret_access_key: String,
    /// What the addresses of the services begin with that the emulator lacks.
    pub token: Token,
}

impl Keys {
    /// Those of a folder, which are made if need be.
    pub(super) fn of(folder: &Folder) -> Result<Self, Error> {
        let path = folder.keys();
        if path.exists() {
            return read_json(&path);
        }
        let keys = Self {
            access_key_id: format!("{PREFIX}{}", random_hex(ID_BYTES)?.to_uppercase()),
            secret_access_key: random_hex(SECRET_BYTES)?,
            token: Token::random()?,
        };
        write_json(&path, &keys)?;
        Ok(keys)
    }

    /// The credentials of the emulated account's root.
    pub(super) fn credentials(&self) -> Credentials {
        Credentials::new(&self.access_key_id, &self.secret_access_key, None, None, "vod local")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use fs_err as fs;

    use super::*;

    #[test]
    fn the_keys_of_a_folder_are_random_and_stay() {
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let folder = |directory: &tempfile::TempDir| {
            let folder = Folder::at(directory.path().join(".vod"));
            folder.create().unwrap();
            folder
        };
        let keys = Keys::of(&folder(&one)).unwrap();
        assert_eq!(Keys::of(&folder(&one)).unwrap(), keys);
        assert_ne!(Keys::of(&folder(&other)).unwrap().secret_access_key, keys.secret_access_key);
        let text = format!("{keys:?}");
        assert!(!text.contains(&keys.secret_access_key) && !text.contains(&keys.token.to_string()), "{text}");
    }

    #[test]
    fn nobody_else_reads_what_is_in_the_folder() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".vod");
        // As an older version made it.
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let folder = Folder::at(path.clone());
        folder.create().unwrap();
        Keys::of(&folder).unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path), mode(folder.keys())), (0o700, 0o600));
    }
}
