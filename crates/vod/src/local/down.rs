//! `vod local down` and `vod local reset`.

use super::super::{failure::Failure, output::print};
use super::Place;
use local::session::{self, Stopped};

pub(super) fn exec(place: &Place) -> Result<(), Failure> {
    print(match session::stop(&place.folder())? {
        Stopped::Nothing => "Nothing runs here.\n",
        Stopped::InOrder => "Stopped. `vod local up` brings everything back as it was.\n",
        Stopped::Killed => "Stopped by force: what was not saved yet is lost.\n",
    })
}

pub(super) fn reset(place: &Place) -> Result<(), Failure> {
    let folder = place.folder();
    session::stop(&folder)?;
    folder.reset()?;
    print("Deleted what was stored. `vod local up` begins anew.\n")
}
