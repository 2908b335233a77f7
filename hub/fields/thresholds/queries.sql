-- name: fetch_told
-- Who is told of a plot: its owner, and those who see it and want to be told.
select r.person_id from plot_reader r join plot p on p.id = r.plot_id
    left join plot_told t on t.plot_id = r.plot_id and t.person_id = r.person_id
where r.plot_id = %(plot_id)s and coalesce(t.wanted, r.person_id = p.owner_id) order by 1;

-- name: save_told
-- Somebody's own wish.
insert into plot_told (plot_id, person_id, wanted) values (%(plot_id)s, %(person_id)s, %(wanted)s)
on conflict (plot_id, person_id) do update set wanted = excluded.wanted;

-- name: fetch_read_plots
-- The plots of which a person reads what is measured; staff also those that are open to them.
select plot_id as id from plot_reader where person_id = %(person_id)s
union select plot_id from open_plot where %(is_staff)s;
