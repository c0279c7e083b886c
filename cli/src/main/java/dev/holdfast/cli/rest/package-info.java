/** The way to a node: REST with fail-over between servers, problems turned into exit codes. */
@NullMarked
package dev.holdfast.cli.rest;

import org.jspecify.annotations.NullMarked;
