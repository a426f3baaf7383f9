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
