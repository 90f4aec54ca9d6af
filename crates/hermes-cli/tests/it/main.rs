//! The command as it is: the real binary, a real (if small) authorization server, real files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod bad_input;
mod claim;
mod completion;
mod config;
mod config_yaml;
mod connect;
mod control;
mod crash;
mod doctor;
mod doctor_fix;
mod doctor_url;
mod gateway_accounts;
mod guide;
mod help;
mod here;
mod import;
mod keys;
mod ladder;
mod logs;
mod model;
mod model_reload;
mod one_shot;
mod operation;
mod rig;
mod serve;
mod service;
mod sign_in;
mod stage;
mod storm;
mod terminal;
mod tls;
mod tokens;
mod turns;
mod upgrade;
mod users;
mod via;
