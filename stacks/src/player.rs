//! The player: `templates/player/index.html.hbs`, filled in, and the custom resource that puts the page into the
//! destination bucket.

use handlebars::Handlebars;
use pipeline::custom_resource::PlayerProperties;
use pipeline::player;
use synth::Scope;
use synth::constructs::Function;

use super::custom_resources::custom_resource;
use super::storage::Storage;
use crate::artifacts::Fingerprint;
use config::Config;

/// Why there is no page; the tests rule it out.
#[derive(Debug, thiserror::Error)]
#[error("templates/player/index.html.hbs cannot be rendered")]
pub struct PlayerError(#[from] Box<handlebars::RenderError>);

/// Adds the page's custom resource.
pub(super) fn add(
    scope: &mut Scope<'_>,
    config: &Config,
    files: &Fingerprint,
    storage: &Storage,
    answerer: &Function,
) -> Result<(), PlayerError> {
    let title = config.player.title.as_str();
    let version = player::version(files.as_str(), title);
    let index = page(&version, title)?;
    let properties = PlayerProperties {
        bucket: storage.destination.name().clone().into(),
        version: version.into(),
        files: files.as_str().into(),
        index: index.into(),
    };
    custom_resource(&mut scope.child("Player"), "Page", answerer, properties);
    Ok(())
}

/// The page of a library with this title.
fn page(version: &str, title: &str) -> Result<String, PlayerError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    let text =
        registry.render_template(player::INDEX_TEMPLATE, &player::index_data(version, title)).map_err(Box::new)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_text_and_nothing_else() {
        let page = page("0123456789abcdef", "Films & <script>alert(1)</script> \"at\" home").unwrap();
        assert!(page.contains("<title>Films &amp; &lt;script&gt;alert(1)&lt;/script&gt; &quot;at&quot; home</title>"));
        assert!(!page.contains("{{") && page.contains("src=\"player/0123456789abcdef/main.js\""));
    }
}
