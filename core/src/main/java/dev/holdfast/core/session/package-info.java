/**
 * Sessions: entries that end once, and the rules of the node that hosts them.
 *
 * <p>The entry {@code session/<id>} says who the host is. The time of the last keep-alive is in the
 * memory of the host, in a {@link dev.holdfast.core.session.SessionClock}: a keep-alive commits
 * nothing. The end is one commit that replaces {@code session/<id>} by {@code ended/<id>}; what
 * commits on the condition that the session exists therefore happens before its end or not at all.
 * An id is not used again: a create that arrives after the end names an older revision than the
 * deletion, and is refused.
 *
 * <p><b>A change of host may lengthen the life of a session, never shorten it.</b> Let a host be
 * replaced by a commit at the instant {@code a}. The old host acknowledges a keep-alive only while
 * its lease is surely valid, and only if it has applied what the last renewal of that lease proved.
 * A renewal that was sent after {@code a} proves the adoption, and the old host sees that it is the
 * host no longer. One that was sent before {@code a} is valid until {@code a + lease} at most. So
 * no keep-alive that the old host acknowledges was sent later than {@code a + lease}, the client
 * believes in its session until {@code a + lease + TTL} at most, and the new host lets it live that
 * long.
 */
@NullMarked
package dev.holdfast.core.session;

import org.jspecify.annotations.NullMarked;
