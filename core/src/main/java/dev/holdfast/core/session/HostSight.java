// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

/**
 * What a node knows of its right to speak for a session, at the moment of a keep-alive.
 *
 * @param hosting the session's entry, as this node has applied it, names this node under its
 *     present lease as the host
 * @param leaseSurelyValidUntilNanos of this node's lease, on the clock of {@code nowNanos}
 * @param leaseProvenRevision the last renewal proved that this revision was current
 * @param appliedRevision by this process; read before {@code hosting} was looked up
 */
public record HostSight(
    boolean hosting,
    long leaseSurelyValidUntilNanos,
    long leaseProvenRevision,
    long appliedRevision) {}
