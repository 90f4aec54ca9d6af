//! The person at the other end: a terminal, a pipe, or a program that reads JSON.

pub(crate) mod clipboard;
mod human;
mod input;
mod keys;
mod machine;
mod qr;
mod reader;
mod spinner;
mod through;

pub(crate) use self::{
    human::Human, input::Lines, machine::Machine, qr::code, reader::reader_gone, spinner::Spinner,
    through::through,
};
