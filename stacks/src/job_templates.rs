//! Job templates as the deployment creates them: the built-in families, or a user's own folder.
//!
//! A family is one Handlebars file of `templates/mediaconvert/`, rendered once for each tier with the renditions of the
//! [ladder](super::ladder::RENDITIONS); the other files there are the partials it is made of. Every template is read by the crate
//! `mediaconvert` before it goes anywhere, so a setting that the service would reject is found here, with its place.

use std::path::{Path, PathBuf};

use handlebars::{Handlebars, RenderError, TemplateError};
use mediaconvert::{Invalid, JobTemplate, Request as _};
use pipeline::settings::{TemplateFamily, Tier};
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::ladder::{self, Rendition};

/// What a family's templates leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TemplateOptions {
    /// Whether the family `qvbr` also writes its largest rendition as an MP4 file.
    pub mp4: bool,
}

/// A job template that the service will accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobTemplateSource {
    /// Its name without the hash of its content, such as `qvbr-1080p`.
    pub base_name: String,
    /// The tier it is made for; none for a further template in a user's folder.
    pub tier: Option<Tier>,
    /// The `CreateJobTemplate` request without `Name` and `Queue`, as minified JSON with sorted keys.
    pub json: String,
}

/// Why there is no job template.
#[derive(Debug, thiserror::Error)]
pub enum JobTemplateError {
    /// A file or the folder cannot be read.
    #[error("cannot read the job templates")]
    Read(#[from] std::io::Error),
    /// A file is no Handlebars template.
    #[error("{file} is not a Handlebars template")]
    Syntax {
        /// The template's file.
        file: String,
        /// What Handlebars says.
        source: Box<TemplateError>,
    },
    /// A template cannot be rendered.
    #[error("{file} cannot be rendered")]
    Render {
        /// The template's file.
        file: String,
        /// What Handlebars says.
        source: Box<RenderError>,
    },
    /// A template's text is not JSON.
    #[error("{file} does not give JSON")]
    Json {
        /// The template's file.
        file: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// A template has settings that the service rejects.
    #[error("{file} is not a job template that MediaConvert accepts")]
    Invalid {
        /// The template's file.
        file: String,
        /// Every fault with its JSON path.
        source: Invalid,
    },
    /// A template's file has a name that no job template can have.
    #[error("{file} gives its job template a name that MediaConvert does not take: use letters, digits, `-` and `_`")]
    Name {
        /// The template's file.
        file: String,
    },
    /// A folder has no template for some tiers.
    #[error(
        "{} has no job template for {} sources: add {}", .folder.display(), .tiers.join(" and "), files_for(.tiers)
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The names of the tiers.
        tiers: Vec<&'static str>,
    },
    /// A folder has two files for one template.
    #[error("{} has two files for the job template {name}: remove one", .folder.display())]
    Twice {
        /// The folder.
        folder: PathBuf,
        /// The template's name.
        name: String,
    },
}

/// The template files of this program: names as partials know them, and texts.
const FILES: [(&str, &str); 9] = [
    ("qvbr", include_str!("../../templates/mediaconvert/qvbr.hbs")),
    ("mvod", include_str!("../../templates/mediaconvert/mvod.hbs")),
    ("cmaf", include_str!("../../templates/mediaconvert/cmaf.hbs")),
    ("hls-group", include_str!("../../templates/mediaconvert/hls-group.hbs")),
    ("dash-group", include_str!("../../templates/mediaconvert/dash-group.hbs")),
    ("cmaf-group", include_str!("../../templates/mediaconvert/cmaf-group.hbs")),
    ("mp4-group", include_str!("../../templates/mediaconvert/mp4-group.hbs")),
    ("video", include_str!("../../templates/mediaconvert/video.hbs")),
    ("audio", include_str!("../../templates/mediaconvert/audio.hbs")),
];

/// The template of a family for a tier.
///
/// # Errors
///
/// When a built-in template is broken, which the tests rule out.
pub fn built_in(
    family: TemplateFamily,
    tier: Tier,
    options: &TemplateOptions,
) -> Result<JobTemplateSource, JobTemplateError> {
    let mut registry = registry();
    register(&mut registry, family.into_str())?;
    render_built_in(&registry, family, tier, *options)
}

/// The templates of a family, for every tier.
///
/// # Errors
///
/// As [`built_in`].
pub fn family(family: TemplateFamily, options: &TemplateOptions) -> Result<Vec<JobTemplateSource>, JobTemplateError> {
    let mut registry = registry();
    register(&mut registry, family.into_str())?;
    Tier::VARIANTS.iter().map(|tier| render_built_in(&registry, family, *tier, *options)).collect()
}

/// The templates of every family for every tier.
///
/// # Errors
///
/// As [`built_in`].
pub fn all_built_in(options: &TemplateOptions) -> Result<Vec<JobTemplateSource>, JobTemplateError> {
    let templates: Result<Vec<_>, _> = TemplateFamily::VARIANTS.iter().map(|name| family(*name, options)).collect();
    Ok(templates?.concat())
}

/// The templates of a user's folder, in the order of their file names.
///
/// `2160p`, `1080p` and `720p` must be there, as `.json` or as `.hbs`, which may use the built-in partials and the folder's
/// own (every other `.hbs` file). Every other `.json` file is a further template, for sources that name one themselves.
///
/// # Errors
///
/// When a file cannot be read or is not a job template, or a tier has none.
pub fn from_folder(folder: &Path) -> Result<Vec<JobTemplateSource>, JobTemplateError> {
    let mut registry = registry();
    for (file, _) in FILES {
        register(&mut registry, file)?;
    }
    let files = template_files(folder)?;
    for file in files.iter().filter(|file| file.is_handlebars()) {
        let text = fs_err::read_to_string(&file.path)?;
        registry
            .register_template_string(&file.stem, text)
            .map_err(|source| JobTemplateError::Syntax { file: file.shown(), source: Box::new(source) })?;
    }
    let mut found: Vec<JobTemplateSource> = Vec::new();
    for file in &files {
        let text = match (file.is_handlebars(), file.tier()) {
            (false, _) => fs_err::read_to_string(&file.path)?,
            (true, Some(tier)) => {
                render(&registry, &file.stem, &file.shown(), &context(tier, TemplateOptions::default()))?
            }
            (true, None) => continue,
        };
        let template = source(&file.shown(), format!("custom-{}", file.stem), file.tier(), &text)?;
        if found.iter().any(|other| other.base_name == template.base_name) {
            return Err(JobTemplateError::Twice { folder: folder.to_owned(), name: file.stem.clone() });
        }
        found.push(template);
    }
    let is_missing = |tier: &Tier| found.iter().all(|template| template.tier != Some(*tier));
    let missing: Vec<&str> = Tier::VARIANTS.iter().filter(|tier| is_missing(tier)).map(Tier::into_str).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    Err(JobTemplateError::Missing { folder: folder.to_owned(), tiers: missing })
}

/// `720p.json or 720p.hbs, …`
fn files_for(tiers: &[&str]) -> String {
    tiers.iter().map(|tier| format!("{tier}.json or {tier}.hbs")).collect::<Vec<_>>().join(", ")
}

/// A file of a user's folder.
struct TemplateFile {
    path: PathBuf,
    stem: String,
}

impl TemplateFile {
    fn is_handlebars(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "hbs")
    }

    fn tier(&self) -> Option<Tier> {
        self.stem.parse().ok()
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

fn template_files(folder: &Path) -> Result<Vec<TemplateFile>, JobTemplateError> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if !path.extension().is_some_and(|extension| extension == "json" || extension == "hbs") {
            continue;
        }
        let takes = |stem: &&str| stem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).filter(takes) else {
            return Err(JobTemplateError::Name { file: path.display().to_string() });
        };
        files.push(TemplateFile { stem: stem.to_owned(), path });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::no_escape);
    registry
}

/// Registers a built-in file and the partials that it takes in: to read the others takes longer than to render these.
fn register(registry: &mut Handlebars<'_>, file: &str) -> Result<(), JobTemplateError> {
    let Some((name, text)) = FILES.iter().find(|(name, _)| *name == file) else { return Ok(()) };
    // What indents JSON is a third of it.
    let unindented: String = text.lines().map(str::trim_start).collect();
    registry
        .register_template_string(name, unindented)
        .map_err(|source| JobTemplateError::Syntax { file: built_in_file(name), source: Box::new(source) })?;
    for (partial, _) in text.split("{{> ").skip(1).filter_map(|rest| rest.split_once("}}")) {
        if !registry.has_template(partial) {
            register(registry, partial)?;
        }
    }
    Ok(())
}

fn built_in_file(name: &str) -> String {
    format!("templates/mediaconvert/{name}.hbs")
}

fn render_built_in(
    registry: &Handlebars<'_>,
    family: TemplateFamily,
    tier: Tier,
    options: TemplateOptions,
) -> Result<JobTemplateSource, JobTemplateError> {
    let file = built_in_file(family.into_str());
    let text = render(registry, family.into_str(), &file, &context(tier, options))?;
    source(&file, format!("{family}-{tier}"), Some(tier), &text)
}

/// What a template can speak of.
fn context(tier: Tier, options: TemplateOptions) -> Value {
    let renditions: Vec<_> = ladder::renditions(tier).map(rendition).collect();
    json!({
        "tier": tier.into_str(),
        "mp4": options.mp4,
        // Whole groups of pictures make a segment, also where the frame rate makes them a little longer than 2 s.
        "grid": {
            "segment": ladder::SEGMENT_SECONDS,
            "fragment": ladder::FRAGMENT_SECONDS,
            "control": "GOP_MULTIPLE",
        },
        "largest": renditions.first(),
        "renditions": renditions,
        "audio_bitrate": ladder::AUDIO_BITRATE,
    })
}

fn rendition(rendition: &Rendition) -> Value {
    json!({
        "name": rendition.name_modifier(),
        "width": rendition.width,
        "height": rendition.height,
        "max_bitrate": rendition.max_bitrate,
        "quality": rendition.quality,
        "audio_bitrate": rendition.audio_bitrate,
        "gop": ladder::GOP_SECONDS,
    })
}

fn render(registry: &Handlebars<'_>, name: &str, file: &str, context: &Value) -> Result<String, JobTemplateError> {
    registry
        .render(name, context)
        .map_err(|source| JobTemplateError::Render { file: file.to_owned(), source: Box::new(source) })
}

/// Checks a template's text and brings it into its one form.
fn source(
    file: &str,
    base_name: String,
    tier: Option<Tier>,
    text: &str,
) -> Result<JobTemplateSource, JobTemplateError> {
    let mut request: Value =
        serde_json::from_str(text).map_err(|source| JobTemplateError::Json { file: file.to_owned(), source })?;
    if let Some(members) = request.as_object_mut() {
        members.insert("Name".to_owned(), base_name.clone().into());
    }
    JobTemplate::from_value(&request).map_err(|source| JobTemplateError::Invalid { file: file.to_owned(), source })?;
    if let Some(members) = request.as_object_mut() {
        members.shift_remove("Name");
        members.shift_remove("Queue");
    }
    request.sort_all_objects();
    Ok(JobTemplateSource { base_name, tier, json: request.to_string() })
}

#[cfg(test)]
mod tests;
