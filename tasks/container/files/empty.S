/* The least a container can do: a program that ends at once. 231 is Linux' exit_group. */
	.globl _start
_start:
	mov	$231, %eax
	xor	%edi, %edi
	syscall
	.section .note.GNU-stack, "", @progbits
