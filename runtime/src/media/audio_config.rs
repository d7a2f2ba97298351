//! What the headers of AAC, AC-3 and MPEG audio say about the sound.

use h264_reader::rbsp::{BitRead, BitReader, BitReaderError};
use pipeline::mediainfo::Audio;

/// The sampling rates that AAC has numbers for (ISO/IEC 14496-3, 1.6.3.3).
const AAC_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// The bit rates that AC-3 has numbers for, in kbit/s (ETSI TS 102 366, F.4.1).
const AC3_RATES: [u64; 19] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

/// The name of an AAC profile by its audio object type.
fn aac_profile(object_type: u8) -> Option<&'static str> {
    match object_type {
        1 => Some("Main"),
        2 => Some("LC"),
        3 => Some("SSR"),
        4 => Some("LTP"),
        5 => Some("HE-AAC"),
        29 => Some("HE-AACv2"),
        _ => None,
    }
}

fn aac_channels(configuration: u8) -> Option<u32> {
    match configuration {
        1..=6 => Some(configuration.into()),
        7 => Some(8),
        _ => None,
    }
}

/// An AAC `AudioSpecificConfig`.
pub(super) fn aac(config: &[u8], audio: &mut Audio) {
    let mut bits = BitReader::new(config);
    let mut read = || -> Result<(), BitReaderError> {
        let object_type: u8 = bits.read::<5, _>("audioObjectType")?;
        let rate: u8 = bits.read::<4, _>("samplingFrequencyIndex")?;
        let rate = if rate == 15 { Some(bits.read::<24, _>("samplingFrequency")?) } else { aac_rate(rate) };
        let channels: u8 = bits.read::<4, _>("channelConfiguration")?;
        audio.profile = aac_profile(object_type).map(str::to_owned);
        audio.sampling_rate = rate.or(audio.sampling_rate);
        audio.channels = aac_channels(channels).or(audio.channels);
        Ok(())
    };
    // What was read before the end counts.
    let _ = read();
}

fn aac_rate(index: u8) -> Option<u32> {
    AAC_RATES.get(usize::from(index)).copied()
}

/// The first ADTS frame of an AAC stream.
pub(super) fn adts(stream: &[u8], audio: &mut Audio) {
    let start = stream.windows(4).find(|header| header[0] == 0xFF && header[1] & 0xF6 == 0xF0);
    let Some(&[_, _, second, third]) = start.and_then(|header| header.first_chunk::<4>()) else { return };
    audio.profile = aac_profile((second >> 6) + 1).map(str::to_owned);
    audio.sampling_rate = aac_rate(second >> 2 & 0xF);
    audio.channels = aac_channels((second & 1) << 2 | third >> 6);
}

/// The channels of an AC-3 audio coding mode.
pub(super) fn ac3_channels(mode: u8, has_low_frequencies: bool) -> Option<u32> {
    const CHANNELS: [u32; 8] = [2, 1, 2, 3, 3, 4, 4, 5];
    CHANNELS.get(usize::from(mode)).map(|channels| channels + u32::from(has_low_frequencies))
}

/// The bits a second of an AC-3 bit rate code.
pub(super) fn ac3_rate(code: u8) -> Option<u64> {
    AC3_RATES.get(usize::from(code)).map(|rate| rate * 1000)
}

/// The first frame of an AC-3 or E-AC-3 stream (ETSI TS 102 366, 4.3 and E.1.2).
pub(super) fn ac3(stream: &[u8], audio: &mut Audio) {
    let Some(start) = stream.windows(2).position(|sync| sync == [0x0B, 0x77]) else { return };
    let frame = &stream[start + 2..];
    let mut read = || -> Result<(), BitReaderError> {
        let mut bits = BitReader::new(frame);
        let is_enhanced = frame.get(3).is_some_and(|byte| byte >> 3 > 10);
        let (mode, rate): (u8, u8);
        if is_enhanced {
            bits.skip(2 + 3 + 11, "strmtyp, substreamid, frmsiz")?;
            rate = bits.read::<2, _>("fscod")?;
            bits.skip(2, "numblkscod")?;
            mode = bits.read::<3, _>("acmod")?;
        } else {
            bits.skip(16, "crc1")?;
            rate = bits.read::<2, _>("fscod")?;
            audio.bitrate = ac3_rate(bits.read::<6, u8>("frmsizecod")? / 2);
            bits.skip(5 + 3, "bsid, bsmod")?;
            mode = bits.read::<3, _>("acmod")?;
            let has_center = mode & 1 != 0 && mode != 1;
            let mixes = u32::from(has_center) + u32::from(mode & 4 != 0) + u32::from(mode == 2);
            bits.skip(2 * mixes, "mix levels")?;
        }
        let has_low_frequencies = bits.read_bit("lfeon")?;
        audio.sampling_rate = [48_000, 44_100, 32_000].get(usize::from(rate)).copied();
        audio.channels = ac3_channels(mode, has_low_frequencies);
        Ok(())
    };
    let _ = read();
}

/// The first frame of an MPEG-1 or MPEG-2 audio stream (ISO/IEC 11172-3, 2.4.2.3).
pub(super) fn mpeg(stream: &[u8], audio: &mut Audio) {
    let start = stream.windows(4).find(|header| header[0] == 0xFF && header[1] & 0xE0 == 0xE0 && header[1] & 6 != 0);
    let Some(&[_, first, second, third]) = start.and_then(|header| header.first_chunk::<4>()) else { return };
    let divisor = match first >> 3 & 3 {
        3 => 1,
        2 => 2,
        _ => 4,
    };
    audio.sampling_rate = [44_100, 48_000, 32_000].get(usize::from(second >> 2 & 3)).map(|rate| rate / divisor);
    audio.channels = Some(if third >> 6 == 3 { 1 } else { 2 });
    audio.profile = Some(format!("Layer {}", 4 - (first >> 1 & 3)));
}
