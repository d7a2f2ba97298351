//! Captions that become part of the picture.
//!
//! Source: the reference of `BurninDestinationSettings`. libass draws them, by a style in its language.

use mediaconvert::{
    Choice,
    settings::{BurninDestinationSettings, SubtitleAlignment, SubtitleFontColor},
};

use crate::media::{filter::Filter, probe::Size};

/// The height of the picture that libass lays SRT captions out for.
const LAYOUT_HEIGHT: u32 = 288;
/// The width of the picture that libass lays SRT captions out for.
const LAYOUT_WIDTH: u32 = 384;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Color(u32);

impl Color {
    fn named(color: Option<impl Choice>) -> Option<Self> {
        const COLORS: [(&str, u32); 6] = [
            ("WHITE", 0xff_ffff),
            ("BLACK", 0),
            ("YELLOW", 0xff_ff00),
            ("RED", 0xff_0000),
            ("GREEN", 0x00_ff00),
            ("BLUE", 0x00_00ff),
        ];
        let name = color?.name();
        COLORS.iter().find(|(known, _)| *known == name).map(|(_, color)| Self(*color))
    }

    /// The first six digits; two more would be its opacity.
    fn hex(digits: &str) -> Option<Self> {
        u32::from_str_radix(digits.get(..6)?, 16).ok().map(Self)
    }

    /// As libass has it: transparency, blue, green, red.
    fn style(self, opacity: Option<u32>) -> String {
        let [_, red, green, blue] = self.0.to_be_bytes();
        let transparency = 255 - opacity.unwrap_or(255).min(255);
        format!("&H{transparency:02X}{blue:02X}{green:02X}{red:02X}")
    }
}

/// A style for a picture of this size; what the settings leave out looks as libass does it: white with a black outline, at
/// the bottom.
fn style(settings: &BurninDestinationSettings, Size { width, height }: Size) -> String {
    let scaled = |pixels: u32, layout: u32, picture: u32| {
        format!("{:.2}", f64::from(pixels) * f64::from(layout) / f64::from(picture.max(1)))
    };
    let down = |pixels: u32| scaled(pixels, LAYOUT_HEIGHT, height);
    let mut style = Vec::new();
    let mut set = |name: &str, value: Option<String>| style.extend(value.map(|value| format!("{name}={value}")));
    set("FontSize", settings.font_size.filter(|size| *size > 0).map(down));
    let color = match settings.font_color {
        Some(SubtitleFontColor::Hex) => settings.hex_font_color.as_deref().and_then(Color::hex),
        color => Color::named(color),
    };
    let color = color.or(settings.font_opacity.map(|_| Color(0xff_ffff)));
    set("PrimaryColour", color.map(|color| color.style(settings.font_opacity)));
    set("OutlineColour", Color::named(settings.outline_color).map(|color| color.style(None)));
    set("Outline", settings.outline_size.map(down));
    if let Some(background) = Color::named(settings.background_color) {
        set("BorderStyle", Some("4".to_owned()));
        set("BackColour", Some(background.style(settings.background_opacity)));
    } else if let Some(shadow) = Color::named(settings.shadow_color) {
        let offset = settings.shadow_x_offset.max(settings.shadow_y_offset);
        set("BackColour", Some(shadow.style(settings.shadow_opacity)));
        set("Shadow", Some(down(offset.and_then(|offset| u32::try_from(offset).ok()).unwrap_or(2))));
    }
    let (x, y) = (settings.x_position, settings.y_position);
    // The left edge, with a position its upper corner; or the middle of the upper edge.
    let alignment = match (settings.alignment == Some(SubtitleAlignment::Left) || x.is_some(), y) {
        (true, Some(_)) => Some("5"),
        (true, None) => Some("1"),
        (false, Some(_)) => Some("6"),
        (false, None) => None,
    };
    set("Alignment", alignment.map(str::to_owned));
    set("MarginL", x.map(|x| scaled(x, LAYOUT_WIDTH, width)));
    set("MarginV", y.map(down));
    style.join(",")
}

/// The filter that draws the captions of an SRT file on a picture of this size. The file is in ffmpeg's working folder;
/// its name has letters, digits, `-`, `_` and `.` only, because three languages of quoting meet here.
pub(crate) fn burn_in_filter(file: &str, settings: &BurninDestinationSettings, size: Size) -> Filter {
    let plain: String = file.chars().filter(|sign| sign.is_ascii_alphanumeric() || "-_.".contains(*sign)).collect();
    let style = style(settings, size);
    let style = if style.is_empty() { String::new() } else { format!(":force_style='{style}'") };
    Filter::new(format!("subtitles=filename={plain}:charenc=UTF-8{style}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn styles() {
        let filter = |settings| {
            let settings: BurninDestinationSettings = serde_json::from_value(settings).unwrap();
            burn_in_filter("captions-0.srt", &settings, Size { width: 1280, height: 720 }).to_string()
        };
        assert_eq!(filter(json!({})), "subtitles=filename=captions-0.srt:charenc=UTF-8");
        insta::assert_snapshot!(filter(json!({
            "FontColor": "HEX", "HexFontColor": "FF8000", "FontSize": 40, "FontOpacity": 128, "OutlineColor": "RED",
            "OutlineSize": 5, "BackgroundColor": "BLACK", "BackgroundOpacity": 255, "Alignment": "LEFT", "YPosition": 72,
        })), @"subtitles=filename=captions-0.srt:charenc=UTF-8:force_style='FontSize=16.00,PrimaryColour=&H7F0080FF,OutlineColour=&H000000FF,Outline=2.00,BorderStyle=4,BackColour=&H00000000,Alignment=5,MarginV=28.80'");
        assert_eq!(
            burn_in_filter("../a':b,c.srt", &BurninDestinationSettings::default(), Size { width: 2, height: 2 })
                .to_string(),
            "subtitles=filename=..abc.srt:charenc=UTF-8"
        );
    }
}
