-- +goose Up
ALTER TABLE leads ADD KEY leads_vendor (vendor_lead_code);
