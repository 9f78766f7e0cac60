// A program that uses the C++ library.
#include <iostream>
#include <stdexcept>

int main() {
	try {
		throw std::runtime_error("caught");
	} catch (const std::exception &e) {
		std::cout << e.what() << std::endl;
	}
}
