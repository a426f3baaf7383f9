"""The guids of new rows: random UUIDs, in the form that other programs expect."""

import uuid


def test_every_file_and_passage_has_a_random_uuid_of_its_own(library, make):
    library.write(*(make.store(library.run, b"/music/%d.flac" % number) for number in range(60)))
    rows = library.connection.execute("SELECT guid FROM file UNION ALL SELECT guid FROM passage").fetchall()
    guids = [guid for (guid,) in rows]
    assert len(set(guids)) == len(guids) >= 120
    for guid in guids:
        found = uuid.UUID(guid)
        assert (str(found), found.version, found.variant) == (guid, 4, uuid.RFC_4122)
    assert {guid[19] for guid in guids} == set("89ab")


def test_a_batch_that_is_written_message_by_message_counts_the_statements_and_rows_of_all(library, make):
    def replayed(*names):
        outcome = library.write(
            *(make.store(library.run, name) for name in names), make.store(library.run, b"/bad", spans=((5, 0),))
        )
        assert outcome.replayed
        return outcome

    one, three = replayed(b"/music/a.flac"), replayed(b"/music/b.flac", b"/music/c.flac", b"/music/d.flac")
    assert three.rows > one.rows > 0
    assert three.statements > 2 * one.statements


def test_guids_of_one_batch_are_near_each_other_and_those_of_others_elsewhere(library, make):
    for batch in range(9):
        library.write(*(make.store(library.run, b"/music/%d/%d.flac" % (batch, number)) for number in range(70)))
    near = library.connection.execute("""
        SELECT count(DISTINCT substr(f.guid, 1, 2)), min(substr(f.guid, 1, 2)), max(substr(p.guid, 1, 2))
        FROM file AS f JOIN passage AS p ON p.file_id = f.id GROUP BY f.folder_id
    """).fetchall()
    assert all((one, of_file) == (1, of_passage) for one, of_file, of_passage in near)
    assert len({place for _, place, _ in near}) > 1
