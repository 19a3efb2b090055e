-- As security.protect, of a serving table that is for the bank's staff alone: no tenant has a right or a row there.
create function security.protect_for_staff(target regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy staff_read on %s for select to bi_staff using (true)', target);
    execute format('create policy owner_all on %s to %I using (true) with check (true)', target, current_user);
    execute format('grant select on %s to bi_staff', target);
end
$$;
