"""Who looks after a person by a post, so that they can be told who read what is held of them."""

from sqlalchemy import text

from shared.contracts.membership import PostOver, PostsOverMe, PostsOverMeOf
from shared.database import ReadSession
from shared.handling import asked
from shared.rights import Actor

MOST = 1000
# The units where one is or was, with all above them: a few codes, whose posts are looked up.
POSTS = """
    WITH above AS (
        SELECT part.code FROM stay JOIN unit ON unit.id = stay.unit
        CROSS JOIN LATERAL unnest(string_to_array(unit.path, '/')) AS part (code)
        WHERE stay.person = :person
        UNION SELECT 'company'
    )
    SELECT held.person, person.name, held.role, unit.code AS unit, unit.name AS unit_name,
        lower(held.during) AS since, upper(held.during) AS until
    FROM above JOIN unit ON unit.code = above.code
    CROSS JOIN LATERAL (SELECT * FROM post WHERE post.unit = unit.id OFFSET 0) AS held
    JOIN person ON person.id = held.person
    ORDER BY lower(held.during) DESC, held.id LIMIT :limit
"""


@asked(PostsOverMe)
async def posts_over_me(query: PostsOverMe, actor: Actor, session: ReadSession) -> PostsOverMeOf:
    """Whoever holds a post over people is known to them by name; nobody else is told here."""
    query.for_whom.must_include(actor)
    given = {"person": actor.must_be_someone(), "limit": MOST}
    found = await session.execute(text(POSTS), given)
    return PostsOverMeOf(
        items=[PostOver.model_validate(row, from_attributes=True) for row in found]
    )
