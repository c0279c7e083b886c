package dev.holdfast.core.lock;

/** Who waits for a lock, and for how much of it. */
public record Waiter(Owner owner, LockMode mode) {}
