/**
 * What every coordinator must pass, as tests. The author of a backend extends {@link
 * dev.holdfast.testkit.contract.CoordinatorContract} and supplies a {@link
 * dev.holdfast.testkit.contract.Backend}; the rest is inherited.
 */
@NullMarked
package dev.holdfast.testkit.contract;

import org.jspecify.annotations.NullMarked;
