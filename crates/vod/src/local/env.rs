//! `vod local env`.

use std::fmt::Write as _;

use super::super::{failure::Failure, output::print};
use super::Place;
use local::Session;

/// What would lead away from the platform, or spoil its credentials.
const UNSET: &str = "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN\n";

pub(super) fn exec(place: &Place) -> Result<(), Failure> {
    print(&script(&Session::expect(&place.folder())?))
}

/// Nothing in it needs quotes: addresses, names, letters and digits.
fn script(session: &Session) -> String {
    let variables = [
        ("AWS_ENDPOINT_URL", session.aws()),
        ("AWS_ENDPOINT_URL_MEDIACONVERT", session.mediaconvert()),
        ("AWS_ENDPOINT_URL_MEDIAPACKAGE_VOD", session.mediapackage()),
        ("AWS_ACCESS_KEY_ID", session.keys.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", session.keys.secret_access_key.clone()),
        ("AWS_REGION", session.role.region.clone()),
        ("AWS_DEFAULT_REGION", session.role.region.clone()),
    ];
    variables.iter().fold(UNSET.to_owned(), |mut script, (name, value)| {
        let _ = writeln!(script, "export {name}={value}");
        script
    })
}
