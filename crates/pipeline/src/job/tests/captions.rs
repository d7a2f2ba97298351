use super::*;

#[test]
fn captions() {
    let list = json!([
        { "file": "a b.srt", "language": "en", "label": "English" },
        { "file": "b.VTT", "language": "pt-BR", "mode": "burn-in" },
        { "file": "c.vtt", "language": "deu" },
    ]);
    let record = with(film(640, 360), json!({ "captions": list, "frameCapture": true }));
    let mut template = template("qvbr-1080p-mp4");
    let smooth = json!({
        "outputGroupSettings": { "type": "MS_SMOOTH_GROUP_SETTINGS" },
        "outputs": [{ "nameModifier": "_a", "videoDescription": { "height": 270 } }],
    });
    template["settings"]["outputGroups"].as_array_mut().unwrap().push(smooth);
    let job = job(&record, &template);
    insta::assert_snapshot!(sketch(&job), @r#"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _360p_1500k 640x360 audio "BURN_IN"
      _270p_400k 480x270 audio "BURN_IN"
      _captions_1_en "WEBVTT"
      _captions_3_deu "WEBVTT"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/dash/My-film-100
      _360p_1500k 640x360 "BURN_IN"
      _270p_400k 480x270 "BURN_IN"
      _audio audio
      _captions_1_en "WEBVTT"
      _captions_3_deu "WEBVTT"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/mp4/My-film-100
      _1080p_8500k 640x360 audio "BURN_IN"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/mss/My-film-100
      _a 480x270 "BURN_IN"
      _captions_1_en "TTML"
      _captions_3_deu "TTML"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/thumbnails/My-film-100
      _thumb 640x360
    "#);
    insta::assert_json_snapshot!(job["settings"]["inputs"][0]["captionSelectors"], @r#"
    {
      "Metadata captions 1": {
        "sourceSettings": {
          "sourceType": "SRT",
          "fileSourceSettings": {
            "sourceFile": "s3://source/a b.srt"
          }
        }
      },
      "Metadata captions 2": {
        "sourceSettings": {
          "sourceType": "WEBVTT",
          "fileSourceSettings": {
            "sourceFile": "s3://source/b.VTT"
          }
        }
      },
      "Metadata captions 3": {
        "sourceSettings": {
          "sourceType": "WEBVTT",
          "fileSourceSettings": {
            "sourceFile": "s3://source/c.vtt"
          }
        }
      }
    }
    "#);
    let track = outputs(&job).into_iter().find(|(_, output)| output["nameModifier"] == "_captions_1_en").unwrap();
    insta::assert_json_snapshot!(track.1, @r#"
    {
      "nameModifier": "_captions_1_en",
      "containerSettings": {
        "container": "M3U8"
      },
      "captionDescriptions": [
        {
          "captionSelectorName": "Metadata captions 1",
          "languageDescription": "English",
          "destinationSettings": {
            "destinationType": "WEBVTT"
          },
          "customLanguageCode": "en"
        }
      ]
    }
    "#);
    let (_, burnt) = outputs(&job).into_iter().find(|(kind, _)| kind == "FILE_GROUP_SETTINGS").unwrap();
    insta::assert_json_snapshot!(burnt["captionDescriptions"], @r#"
    [
      {
        "captionSelectorName": "Metadata captions 2",
        "languageDescription": "pt-BR",
        "destinationSettings": {
          "destinationType": "BURN_IN"
        }
      }
    ]
    "#);
}

#[test]
fn burnt_in_letters_are_as_the_metadata_file_has_them() {
    let captions = json!({ "srcFile": "a.srt", "fontSize": 24, "fontColor": "YELLOW" });
    let record = with(film(640, 360), json!({ "captions": captions }));
    let job = job(&record, &template("qvbr-1080p-mp4"));
    let burnt: Vec<_> = outputs(&job).into_iter().filter(|(_, output)| has(output, "captionDescriptions")).collect();
    insta::assert_json_snapshot!(burnt[0].1["captionDescriptions"], @r#"
    [
      {
        "captionSelectorName": "Metadata captions 1",
        "languageDescription": "und",
        "destinationSettings": {
          "destinationType": "BURN_IN",
          "burninDestinationSettings": {
            "fontSize": 24,
            "fontColor": "YELLOW"
          }
        },
        "customLanguageCode": "und"
      }
    ]
    "#);
    assert!(burnt.iter().all(|(_, output)| has(output, "videoDescription")));
}
