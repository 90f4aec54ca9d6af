-- What lists show of a conversation without reading its log: which model answered last, and the tokens
-- of all turns.
ALTER TABLE conversations ADD COLUMN model TEXT;
ALTER TABLE conversations ADD COLUMN input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;

-- The tokens of what there is are in the logs, as the gateway of the sixth form wrote them; which model
-- answered is not.
UPDATE conversations SET
    input_tokens = CAST(took.input AS INTEGER),
    cached_tokens = CAST(took.cached AS INTEGER),
    output_tokens = CAST(took.output AS INTEGER),
    reasoning_tokens = CAST(took.reasoning AS INTEGER)
FROM (
    SELECT conversation,
        total(json_extract(json, place || '.input')) AS input,
        total(json_extract(json, place || '.cached')) AS cached,
        total(json_extract(json, place || '.output')) AS output,
        total(json_extract(json, place || '.reasoning')) AS reasoning
    FROM (
        SELECT conversation, json, iif(kind = 'ended', '$.usage', '$') AS place
        FROM entries WHERE kind IN ('ended', 'used') AND json_valid(json)
    )
    GROUP BY conversation
) AS took
WHERE took.conversation = conversations.number;
