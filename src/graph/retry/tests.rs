//! Tests of which requests are repeated, how often, and after how long.

use super::*;
use crate::graph::CredentialError;

const LONG: Duration = Duration::from_hours(1);
const WRITING: [Method; 3] = [Method::POST, Method::PATCH, Method::DELETE];

fn api(status: u16, message: &str, retry_after: Option<u64>) -> Error {
    Error::Api(Box::new(ApiError {
        method: "POST".into(),
        retry_after: retry_after.map(Duration::from_secs),
        ..ApiError::of_a_read(status, None, message)
    }))
}

fn transport(failure: Failure) -> Error {
    Error::Transport {
        what: String::new(),
        chain: String::new(),
        failure,
        status: None,
        client_request_id: String::new(),
        in_doubt: false,
    }
}

fn sign_in(status: Option<u16>, failure: Option<Failure>) -> Error {
    let error = CredentialError {
        status,
        failure,
        ..CredentialError::default()
    };
    error.into()
}

fn repeats(error: &Error, method: &Method) -> bool {
    may_repeat(error, method).is_some()
}

#[test]
fn what_graph_puts_off_is_repeated_whatever_the_method() {
    for method in WRITING.into_iter().chain([Method::GET]) {
        assert!(repeats(&api(429, "", None), &method));
        let graphs = ApiError {
            method: method.to_string(),
            ..ApiError::of_a_read(503, Some("ServiceUnavailable"), "")
        };
        assert!(repeats(&Error::Api(Box::new(graphs)), &method));
        assert!(repeats(
            &api(500, "Rate limit reached for x", None),
            &method
        ));
        assert!(repeats(&transport(Failure::Unreachable), &method));
        for status in [400, 401, 403, 404, 409, 412, 500, 501] {
            assert!(!repeats(&api(status, "", None), &method), "{status}");
        }
    }
}

#[test]
fn a_write_whose_answer_was_lost_is_not_repeated() {
    for lost in [
        transport(Failure::Lost),
        transport(Failure::Silent),
        api(502, "", None),
        api(504, "", Some(1)),
    ] {
        assert!(repeats(&lost, &Method::GET));
        for method in WRITING {
            assert!(!repeats(&lost, &method), "{lost} {method}");
        }
    }
}

#[test]
fn a_write_that_left_no_trace_is_sent_a_few_times() {
    let lost = |failure, status| Error::Transport {
        what: String::new(),
        chain: String::new(),
        failure,
        status,
        client_request_id: String::new(),
        in_doubt: true,
    };
    let broken = lost(Failure::Lost, None);
    let sends = (1..9).take_while(|sent| may_send_again(&broken, *sent));
    assert_eq!(sends.count(), 2);
    for (failure, status, may_show_later) in [
        (Failure::Lost, None, false),
        (Failure::Lost, Some(500), false),
        (Failure::Lost, Some(201), true),
        (Failure::Silent, None, true),
    ] {
        let error = lost(failure, status);
        assert_eq!(error.may_show_later(), may_show_later, "{error}");
    }
    for status in [408, 502, 503, 504] {
        let gateway = api(status, "", None);
        assert!(!repeats(&gateway, &Method::POST), "{status}");
        assert!(may_send_again(&gateway, 1) && gateway.may_show_later());
    }
    for error in [
        api(500, "", None),
        api(429, "", None),
        Error::Cancelled {
            doing: String::new(),
            in_doubt: true,
        },
    ] {
        assert!(!may_send_again(&error, 1), "{error}");
    }
}

#[test]
fn what_will_not_change_is_not_repeated() {
    assert!(!repeats(&transport(Failure::Untrusted), &Method::GET));
    assert!(!repeats(&transport(Failure::ConnectTimedOut), &Method::GET));
    assert!(!repeats(
        &sign_in(None, Some(Failure::Untrusted)),
        &Method::POST
    ));
    assert!(!repeats(&sign_in(Some(401), None), &Method::POST));
    assert!(repeats(&sign_in(Some(503), None), &Method::POST));
    assert!(repeats(
        &sign_in(None, Some(Failure::Unreachable)),
        &Method::POST
    ));
}

#[test]
fn the_service_of_a_machine_is_waited_for_while_it_is_replaced() {
    let of_a_machine = |status| {
        let error = CredentialError {
            status: Some(status),
            is_replaced: true,
            ..CredentialError::default()
        };
        error.into()
    };
    let waits = |error: &Error| -> Vec<Duration> {
        let mut attempts = Policy::default().attempts(Method::POST);
        std::iter::from_fn(|| attempts.wait_after(error, LONG).ok()).collect()
    };
    assert_eq!(waits(&of_a_machine(410)), [Duration::from_secs(10); 7]);
    for status in [404, 500] {
        assert_eq!(waits(&of_a_machine(status)).len(), 2, "{status}");
    }
    assert!(waits(&of_a_machine(400)).is_empty());
    for status in [404, 410] {
        assert!(!repeats(&sign_in(Some(status), None), &Method::POST));
        assert!(!repeats(&api(status, "", None), &Method::GET));
    }
}

#[test]
fn the_server_says_how_long() {
    let mut attempts = Policy::default().attempts(Method::PATCH);
    for seconds in [0, 7, 0] {
        let wait = attempts.wait_after(&api(429, "", Some(seconds)), LONG);
        assert_eq!(wait, Ok(Duration::from_secs(seconds)));
    }
    assert_eq!(attempts.number(), 4);
}

#[test]
fn a_server_that_says_at_once_for_ever_is_not_hammered() {
    let mut attempts = Policy::default().attempts(Method::GET);
    let at_once = api(429, "", Some(0));
    // With another seed, a random wait might be zero.
    fastrand::seed(1);
    let waits: Vec<_> = (1..=20)
        .map(|_| attempts.wait_after(&at_once, LONG).expect("a wait"))
        .collect();
    let (trusted, later) = waits.split_at(TRUSTED_ATTEMPTS as usize - 1);
    assert!(trusted.iter().all(Duration::is_zero), "{waits:?}");
    assert!(!later.iter().any(Duration::is_zero), "{waits:?}");
}

#[test]
fn without_a_word_the_waits_are_random_below_a_bound_that_grows() {
    let bounds = [1, 2, 4, 8, 16, 30, 30].map(Duration::from_secs);
    let mut longest = [Duration::ZERO; 7];
    for _ in 0..200 {
        let mut attempts = Policy::default().attempts(Method::GET);
        for (bound, longest) in bounds.iter().zip(&mut longest) {
            let wait = attempts.wait_after(&api(429, "", None), LONG);
            let wait = wait.expect("a wait");
            assert!(wait <= *bound, "{wait:?} {bound:?}");
            *longest = wait.max(*longest);
        }
    }
    for (bound, longest) in bounds.iter().zip(longest) {
        assert!(longest > *bound / 2, "{longest:?} of {bound:?}");
    }
}

#[test]
fn a_wait_that_outlasts_the_call_is_not_begun() {
    let mut attempts = Policy::default().attempts(Method::GET);
    let left = Duration::from_secs(10);
    let wait = attempts.wait_after(&api(429, "", Some(10)), left);
    assert_eq!(wait, Err(End::Time(left)));
    assert_eq!(attempts.number(), 1);
}

#[test]
fn a_connection_is_given_up_and_throttling_is_sat_out() {
    let lost = transport(Failure::Lost);
    let mut attempts = Policy::at_once().attempts(Method::GET);
    let waits: Vec<_> = (0..3).map(|_| attempts.wait_after(&lost, LONG)).collect();
    assert_eq!(waits[2], Err(End::Attempts));
    assert!(waits[..2].iter().all(Result::is_ok));

    let mut attempts = Policy::at_once().attempts(Method::GET);
    let throttled = api(429, "", None);
    assert!((0..1000).all(|_| attempts.wait_after(&throttled, LONG).is_ok()));
}

#[test]
fn the_first_look_is_at_once() {
    let looks: Vec<_> = Policy::default().looks().collect();
    assert_eq!(looks, [0, 1, 2, 4].map(Duration::from_secs));
}
