// SPDX-License-Identifier: Apache-2.0
/**
 * Policies as text. {@link dev.holdfast.policy.PolicyCompiler} turns a YAML file into records of
 * {@code dev.holdfast.spi.machine}, or into all that is wrong with it, each {@link
 * dev.holdfast.policy.Problem} with its place. {@code MachineReader} reads the shape, {@code
 * MachineBuilder} the types and expressions, {@code StateChecks} and {@code GuardChecks} look at
 * what the machine would do. CEL stays in {@code dev.holdfast.policy.cel}; YAML nodes stay in this
 * package.
 */
@NullMarked
package dev.holdfast.policy;

import org.jspecify.annotations.NullMarked;
