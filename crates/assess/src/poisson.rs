//! Is there more of it than before? The conditional-exact interval of a Poisson rate ratio.
//!
//! Given n₁ events in one window and n₂ in the next, n₂ out of n₁+n₂ is binomial whatever the rates were. Its
//! Clopper–Pearson limits p give the ratio p/(1−p) · exposure₁/exposure₂, exact for the small counts that flags come in:
//! a normal approximation would call ten against twenty a rise without looking.
//! (Przyborowski and Wilenski 1940; Clopper and Pearson 1934.)
//!
//! Only suppliers present in both windows may be counted: a new dataset is not a trend. The caller sees to that.

use statrs::function::beta::checked_beta_reg;

use crate::error::{AssessError, Result};
use crate::profile::TrendRule;

/// What was counted, and over how much: days, or anything else that both windows are measured in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The events.
    pub count: u32,
    /// The length looked at.
    pub exposure: f64,
}

impl Window {
    /// A window of the same length as the other.
    pub fn equal(count: u32) -> Self {
        Self { count, exposure: 1.0 }
    }
}

/// The ratio of the later rate to the earlier one, with its interval; infinite where the earlier window is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateRatio {
    /// The observed ratio.
    pub ratio: f64,
    /// The lower limit.
    pub low: f64,
    /// The upper limit.
    pub high: f64,
}

/// Compares two windows at a two-sided `level` such as 0.90; nothing when neither holds an event.
pub fn rate_ratio(earlier: Window, later: Window, level: f64) -> Result<Option<RateRatio>> {
    let fault = |reason: &str| AssessError::Trend { reason: reason.to_owned() };
    if !(level > 0.0 && level < 1.0) {
        return Err(fault("the level lies strictly between 0 and 1"));
    }
    for window in [earlier, later] {
        if !(window.exposure.is_finite() && window.exposure > 0.0) {
            return Err(fault("a window must have a length above zero"));
        }
    }
    if earlier.count == 0 && later.count == 0 {
        return Ok(None);
    }
    let (first, second) = (f64::from(earlier.count), f64::from(later.count));
    let scale = earlier.exposure / later.exposure;
    let tail = (1.0 - level) / 2.0;
    let low = if later.count == 0 { 0.0 } else { quantile(second, first + 1.0, tail)? };
    let high = if earlier.count == 0 { 1.0 } else { quantile(second + 1.0, first, 1.0 - tail)? };
    let ratio = |share: f64| if share >= 1.0 { f64::INFINITY } else { share / (1.0 - share) * scale };
    Ok(Some(RateRatio { ratio: ratio(second / (first + second)), low: ratio(low), high: ratio(high) }))
}

impl RateRatio {
    /// The rung of this interval: 0 when it lies wholly under 1, 1 when it spans 1, higher by its lower limit.
    pub fn rung(&self, rule: &TrendRule) -> u8 {
        if self.high < 1.0 {
            return 0;
        }
        let cleared = rule.above.iter().filter(|bound| self.low > bound.length()).count();
        u8::try_from(cleared + 1).unwrap_or(u8::MAX)
    }

    /// The interval in words, as a report prints it.
    pub fn sentence(&self, level: u8) -> String {
        let limit = |value: f64| if value.is_infinite() { "∞".to_owned() } else { format!("{value:.2}") };
        format!("rate ratio {} ({level} % interval {}–{})", limit(self.ratio), limit(self.low), limit(self.high))
    }
}

/// The exact interval of a count of events, two-sided at `level` (Garwood 1936): the rates under which no more, and no
/// fewer, than `count` events have half the rest of the probability each.
pub fn count_interval(count: u32, level: f64) -> Result<(f64, f64)> {
    let tail = (1.0 - level) / 2.0;
    let quantile = |shape: f64, probability: f64| -> Result<f64> {
        let gamma = statrs::distribution::Gamma::new(shape, 1.0)
            .map_err(|error| AssessError::Trend { reason: error.to_string() })?;
        Ok(statrs::distribution::ContinuousCDF::inverse_cdf(&gamma, probability))
    };
    let events = f64::from(count);
    let low = if count == 0 { 0.0 } else { quantile(events, tail)? };
    Ok((low, quantile(events + 1.0, 1.0 - tail)?))
}

/// The quantile of the beta distribution by bisection: the regularised incomplete beta function rises with its argument,
/// and sixty halvings of [0, 1] reach the last bit of a float. Slower than Newton and free of its misses at the ends.
fn quantile(a: f64, b: f64, probability: f64) -> Result<f64> {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let below = checked_beta_reg(a, b, middle).map_err(|error| AssessError::Trend { reason: error.to_string() })?;
        if below < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(f64::midpoint(low, high))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::Profile;

    /// Table of exact 90 % limits (Garwood 1936; Johnson, Kotz and Kemp, table 4.3).
    #[test]
    fn a_count_has_its_exact_interval() {
        for (count, low, high) in
            [(0, 0.0, 2.996), (1, 0.051, 4.744), (5, 1.970, 10.513), (10, 5.425, 16.962), (20, 13.255, 29.062)]
        {
            let (found_low, found_high) = count_interval(count, 0.90).unwrap();
            assert!(
                (found_low - low).abs() < 0.001 && (found_high - high).abs() < 0.001,
                "{count}: {found_low}–{found_high}"
            );
        }
    }

    fn rule() -> TrendRule {
        let profile = Profile::parse("composite-1.toml", crate::sample::COMPOSITE).unwrap();
        profile.indicator("L2").unwrap().trend.clone().unwrap()
    }

    /// The vectors of the method, as printed in it.
    #[test]
    fn agrees_with_the_published_vectors() {
        for (first, second, low, high, rung) in [
            (10, 10, "0.43", "2.31", 1),
            (10, 30, "1.58", "6.02", 3),
            (10, 40, "2.17", "7.87", 4),
            (0, 4, "0.90", "inf", 1),
            (0, 5, "1.22", "inf", 2),
        ] {
            let ratio = rate_ratio(Window::equal(first), Window::equal(second), 0.90).unwrap().unwrap();
            assert_eq!(format!("{:.2}", ratio.low), low, "{first} then {second}");
            assert_eq!(format!("{:.2}", ratio.high), high, "{first} then {second}");
            assert_eq!(ratio.rung(&rule()), rung, "{first} then {second}");
        }
        let rise = rate_ratio(Window::equal(10), Window::equal(20), 0.90).unwrap().unwrap();
        assert_eq!((format!("{:.3}", rise.low), format!("{:.2}", rise.high)), ("1.002".into(), "4.17".into()));
        assert_eq!(rise.rung(&rule()), 2);
        let fall = rate_ratio(Window::equal(20), Window::equal(10), 0.90).unwrap().unwrap();
        assert_eq!((format!("{:.3}", fall.low), format!("{:.3}", fall.high)), ("0.240".into(), "0.998".into()));
        assert_eq!(fall.rung(&rule()), 0);
    }

    #[test]
    fn two_empty_windows_say_nothing() {
        assert_eq!(rate_ratio(Window::equal(0), Window::equal(0), 0.90).unwrap(), None);
    }

    #[test]
    fn refuses_windows_without_length() {
        for exposure in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(rate_ratio(Window { count: 1, exposure }, Window::equal(1), 0.90).is_err());
        }
        assert!(rate_ratio(Window::equal(1), Window::equal(1), 1.0).is_err());
    }

    proptest! {
        /// Exchanging the windows turns the interval over; the observed ratio lies within it.
        #[test]
        fn exchanging_the_windows_inverts_the_interval(first in 1_u32..5000, second in 1_u32..5000) {
            let there = rate_ratio(Window::equal(first), Window::equal(second), 0.90).unwrap().unwrap();
            let back = rate_ratio(Window::equal(second), Window::equal(first), 0.90).unwrap().unwrap();
            prop_assert!((there.low * back.high - 1.0).abs() < 1e-9);
            prop_assert!(there.low <= there.ratio && there.ratio <= there.high);
        }

        #[test]
        fn a_longer_window_lowers_its_rate(first in 1_u32..500, second in 1_u32..500) {
            let equal = rate_ratio(Window::equal(first), Window::equal(second), 0.90).unwrap().unwrap();
            let longer = Window { count: second, exposure: 2.0 };
            let halved = rate_ratio(Window::equal(first), longer, 0.90).unwrap().unwrap();
            prop_assert!((halved.low * 2.0 - equal.low).abs() < 1e-9 * equal.low);
        }
    }
}
