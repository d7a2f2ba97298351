//! How often CloudFormation is asked: soon at first, then less and less, so that it does not throttle.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(150);
const LONGEST: Duration = Duration::from_secs(3);

/// The pauses between questions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    next: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { next: SHORTEST }
    }
}

impl Pace {
    /// Waits, and the next time half as long again.
    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = self.next.mul_f32(1.5).min(LONGEST);
    }

    /// Something happened: more may happen soon.
    pub(super) fn quicken(&mut self) {
        *self = Self::default();
    }
}
