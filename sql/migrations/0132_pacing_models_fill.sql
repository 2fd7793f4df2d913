-- +goose Up
-- Until now each server learnt for itself: the newest is kept.
INSERT INTO pacing_models (campaign_id, saved_at, model, adapt)
SELECT s.campaign_id, s.saved_at, s.model, '' FROM pacing_states s
WHERE s.model IS NOT NULL AND s.saved_at IS NOT NULL
ORDER BY s.saved_at
ON DUPLICATE KEY UPDATE saved_at = VALUES(saved_at), model = VALUES(model);
