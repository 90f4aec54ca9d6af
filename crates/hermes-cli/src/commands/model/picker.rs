use hermes_agent::{ModelInfo, Offer, Pick};
use hermes_errors::{Code, Failure};

use super::list;
use crate::{commands::auth::add::signalled, output::Output, terminal::Lines, world::World};

/// How many there are to choose from at once. A longer list is narrowed by a part of a name.
const SHOWN: usize = 20;

/// Asks whose model is to answer, and which.
pub(super) async fn run(world: &World, output: Output) -> Result<Pick, Failure> {
    let stopped = signalled();
    let lines = Lines::of_stdin();
    tokio::select! {
        chosen = choose(&lines, world, output) => chosen,
        () = stopped => Err(nothing()),
    }
}

async fn choose(lines: &Lines, world: &World, output: Output) -> Result<Pick, Failure> {
    let models = super::open(world)?;
    let now = models.catalogue.pick(None, None);
    let (usable, others): (Vec<_>, Vec<_>) = list::asked(&models, None)
        .await?
        .into_iter()
        .partition(|offer| offer.source.is_usable());
    for Offer { source, models } in &others {
        if let Err(failure) = models {
            output.say(&format!(
                "{}: {failure}\n  next: {}",
                source.id, failure.next_step
            ));
        }
    }
    let sources: Vec<_> = usable
        .iter()
        .map(|offer| Row {
            id: offer.source.id.clone(),
            about: offer.source.name.clone(),
        })
        .collect();
    let asking = Asking { lines, output };
    let current = now.as_ref().map(|now| &*now.source);
    let source = asking
        .one_of("Whose model is to answer?", &sources, current)
        .await?;
    let current = now.as_ref().filter(|now| now.source == source);
    let current = current.and_then(|now| now.model.as_deref());
    let offer = usable.iter().find(|offer| offer.source.id == source);
    let model = match offer.map(|offer| &offer.models) {
        Some(Ok(models)) if !models.is_empty() => {
            let row = |model: &ModelInfo| Row {
                id: model.id.clone(),
                about: model
                    .context
                    .map_or_else(String::new, |tokens| format!("{tokens} tokens")),
            };
            let models: Vec<_> = models.iter().map(row).collect();
            asking.one_of("Which one?", &models, current).await?
        }
        Some(Err(failure)) => asking.name(&failure.to_string()).await?,
        _ => asking.name("It lists no models").await?,
    };
    Ok(Pick {
        source,
        model: Some(model),
    })
}

/// Something to choose.
#[derive(Debug)]
struct Row {
    id: String,
    about: String,
}

/// What a line means to a list.
#[derive(Debug, PartialEq, Eq)]
enum Reply {
    /// This one.
    Chosen(String),
    /// Those with this in their names.
    Narrowed(String),
    /// Nothing has this in its name.
    Unknown,
}

/// The person who is asked.
struct Asking<'a> {
    lines: &'a Lines,
    output: Output,
}

impl Asking<'_> {
    /// One of these; by a bare Enter the current one. Of one there is nothing to ask.
    async fn one_of(
        &self,
        question: &str,
        rows: &[Row],
        current: Option<&str>,
    ) -> Result<String, Failure> {
        if let [only] = rows {
            self.output.say(&format!("{question} {}.", only.id));
            return Ok(only.id.clone());
        }
        let current = current.filter(|id| rows.iter().any(|row| row.id == *id));
        let mut part = String::new();
        loop {
            let shown = fitting(rows, &part);
            self.output.say(question);
            self.show(&shown, current);
            let enter = current.map_or_else(String::new, |id| format!(" [{id}]"));
            self.output
                .say(&format!("A number or a part of a name, then Enter{enter}:"));
            let line = self.line().await?;
            match (line.trim(), current) {
                ("", Some(id)) => return Ok(id.to_owned()),
                ("", None) => part.clear(),
                (line, _) => match reply(line, &shown, rows) {
                    Reply::Chosen(id) => return Ok(id),
                    Reply::Narrowed(line) => part = line,
                    Reply::Unknown => {
                        let line = hermes_secret::plain(line, 60);
                        self.output
                            .say(&format!("Nothing has `{line}` in its name."));
                        part.clear();
                    }
                },
            }
        }
    }

    /// A model that no list has, and why.
    async fn name(&self, why: &str) -> Result<String, Failure> {
        self.output.say(&format!("{why}."));
        loop {
            self.output.say("The name of the model, then Enter:");
            let line = self.line().await?;
            if !line.trim().is_empty() {
                return Ok(line.trim().to_owned());
            }
        }
    }

    fn show(&self, rows: &[&Row], current: Option<&str>) {
        let width = rows
            .iter()
            .take(SHOWN)
            .map(|row| row.id.chars().count())
            .max();
        let width = width.unwrap_or_default();
        for (index, row) in rows.iter().take(SHOWN).enumerate() {
            let mark = if current == Some(&*row.id) { "*" } else { " " };
            let line = format!("{:>4} {mark} {:<width$}  {}", index + 1, row.id, row.about);
            self.output.say(line.trim_end());
        }
        if rows.len() > SHOWN {
            self.output
                .say(&format!("     … and {} more", rows.len() - SHOWN));
        }
    }

    async fn line(&self) -> Result<String, Failure> {
        self.lines.answer().await.ok_or_else(nothing)
    }
}

/// Those with this in their names, in any case.
fn fitting<'a>(rows: &'a [Row], part: &str) -> Vec<&'a Row> {
    let part = part.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&part);
    rows.iter()
        .filter(|row| has(&row.id) || has(&row.about))
        .collect()
}

fn reply(line: &str, shown: &[&Row], rows: &[Row]) -> Reply {
    if rows.iter().any(|row| row.id == line) {
        return Reply::Chosen(line.to_owned());
    }
    let number: Option<usize> = line.parse().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    if let Some(row) = index
        .filter(|index| *index < SHOWN)
        .and_then(|index| shown.get(index))
    {
        return Reply::Chosen(row.id.clone());
    }
    match &*fitting(rows, line) {
        [] => Reply::Unknown,
        [only] => Reply::Chosen(only.id.clone()),
        _ => Reply::Narrowed(line.to_owned()),
    }
}

fn nothing() -> Failure {
    let failure = Failure::new(
        Code::Interrupted,
        "nothing was chosen, and nothing has changed",
    );
    failure.with_next_step("hermes model")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_number_a_name_or_a_part_of_names() {
        let ids = (1..=30).map(|number| format!("model-{number}"));
        let rows: Vec<_> = ids
            .map(|id| Row {
                id,
                about: String::new(),
            })
            .collect();
        let chosen = |id: &str| Reply::Chosen(id.to_owned());
        let all = fitting(&rows, "");
        assert_eq!(reply("2", &all, &rows), chosen("model-2"));
        // Row 25 is not shown, and the number is in a name.
        assert_eq!(reply("25", &all, &rows), chosen("model-25"));
        assert_eq!(reply("0", &all, &rows), Reply::Narrowed("0".to_owned()));
        assert_eq!(reply("model-1", &all, &rows), chosen("model-1"));
        assert_eq!(reply("MODEL-30", &all, &rows), chosen("model-30"));
        assert_eq!(reply("gpt", &all, &rows), Reply::Unknown);
        let some = fitting(&rows, "model-3");
        assert_eq!(reply("2", &some, &rows), chosen("model-30"));
    }
}
