//! `vod schema`: the JSON Schema of `stack.toml`.

use super::failure::Failure;
use super::output::print;
use config::schema;

pub(super) fn exec() -> Result<(), Failure> {
    print(&format!("{:#}\n", schema::schema().to_value()))
}
