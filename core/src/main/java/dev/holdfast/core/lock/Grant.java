package dev.holdfast.core.lock;

/**
 * A hold of a lock.
 *
 * @param token the fencing token: greater than that of every earlier grant of this lock (R18)
 */
public record Grant(Owner owner, LockMode mode, long token) {}
