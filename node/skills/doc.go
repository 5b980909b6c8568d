// Package skills knows the words that people type for skills and trades:
// skills.txt, a table to read and to correct, and the rules by which women's
// and plural forms, inclusive spellings and one slip of the keyboard are
// understood. DESIGN.md says why each rule is as it is.
//
// A skill that the table does not know is used as it is: the table never
// decides what somebody may be able to do.
package skills
