package dev.holdfast.core.operation;

import org.jspecify.annotations.Nullable;

/**
 * What a command makes of a state.
 *
 * @param next null when the entry is absent afterwards
 */
public record Effect<S, R>(@Nullable S next, R reply) {}
